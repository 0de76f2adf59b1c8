"""The walk that works in every portal: what patients, staff and clinic admins do first."""

from __future__ import annotations

from tests.live.streaming import Listener
from tests.portals.visiting import Person, Site

QUESTION, ANSWER = "May I eat before the blood test?", "Please do not eat for eight hours before it."
SETTINGS = "/cms/settings/vclinic_messages/messagessettings/1/"
REPORTS = ("waiting", "activity", "audit", "export-list")


def switch(site: Site, *, on: bool) -> None:
    """A clinic admin switches Messages on or off in the Wagtail admin."""
    manager = Person(site)
    manager.sign_in("manager")
    manager.press(SETTINGS, "[name=enabled]", without=("enabled",), **({"enabled": "on"} if on else {}))
    box = manager.get_page(SETTINGS).select_one("[name=enabled]")
    assert box is not None
    assert box.has_attr("checked") is on


def walk(site: Site, *, streams: bool = False) -> None:
    """Sign in, see the navigation, start, be notified, reply, use the API and the panels, switch off."""
    visitor, patient, doctor = Person(site), Person(site), Person(site)
    sees_no_messages(visitor)
    visitor.get(site.messages, status=302)
    patient.sign_in("patient")
    doctor.sign_in("doctor")
    sees_no_messages(patient)
    switch(site, on=True)
    assert unread(doctor) == 0
    before = doctor.call("GET", "live/state/")
    listener = listen(doctor) if streams else None
    conversation = start(patient)
    is_notified(doctor, before["cursor"], listener)
    reply(doctor, patient, conversation)
    uses_the_api(site, patient, conversation)
    looks_at_the_panels(site)
    switch(site, on=False)
    sees_no_messages(patient)
    patient.get(site.messages, status=404)
    assert patient.call("GET", "feature/", **api_headers(site))["enabled"] is False
    switch(site, on=True)


def start(patient: Person) -> str:
    """Write to the first person whom the page offers. Return the conversation's path."""
    path = f"{patient.site.messages}new/"
    recipient = patient.get_page(path).select_one("[name=recipient]")
    assert recipient is not None, "nobody can be chosen"
    sent = patient.press(path, "#vcm-composer", recipient=str(recipient["value"]), body=QUESTION)
    assert QUESTION in sent.text
    return sent.url.path.removeprefix(patient.site.prefix)


def is_notified(doctor: Person, cursor: str, listener: Listener | None) -> None:
    if listener is not None:
        listener.wait_for("poke")
        listener.stop()
    state = doctor.call("GET", f"live/state/?after={cursor}")
    assert state["unread_conversations"] == len(state["events"]) == 1
    assert unread(doctor) == 1


def reply(doctor: Person, patient: Person, conversation: str) -> None:
    assert QUESTION in doctor.get(conversation).text
    assert ANSWER in doctor.press(conversation, "#vcm-composer", body=ANSWER).text
    assert unread(doctor) == 0
    assert unread(patient) == 1
    assert ANSWER in patient.get(conversation).text


def uses_the_api(site: Site, patient: Person, conversation: str) -> None:
    key = conversation.rstrip("/").rpartition("/")[2]
    app = Person(site) if site.tokens else patient
    headers = api_headers(site)
    [listed] = app.call("GET", "conversations/", **headers)["results"]
    assert (listed["id"], listed["can_reply"]) == (key, True)
    sent = app.call("POST", f"conversations/{key}/messages/", {"body": "Thank you."}, **headers)
    assert sent["sender"]["is_me"]
    messages = app.call("GET", f"conversations/{key}/messages/", **headers)["results"]
    assert [message["body"] for message in messages] == ["Thank you.", ANSWER, QUESTION]


def looks_at_the_panels(site: Site) -> None:
    manager = Person(site)
    manager.sign_in("manager")
    assert "vcm-" in manager.get("/cms/").text
    for report in REPORTS:
        manager.get(f"/cms/messages/{report}/")


def listen(person: Person) -> Listener:
    """Open the stream that the page's script would open."""
    url = person.call("POST", "live/ticket/")["url"]
    assert url.startswith("/"), url
    listener = Listener(person.site.portal, person.site.host.removesuffix(".localhost"), url)
    listener.wait_for("open")
    return listener


def unread(person: Person) -> int:
    """The number at the item in the navigation of the portal's home page."""
    badge = person.get_page(person.site.home).select_one("[data-vcm-nav] [data-vcm-badge]")
    assert badge is not None, "no item in the navigation"
    return 0 if badge.has_attr("hidden") else int(badge.select_one("span").get_text())


def sees_no_messages(person: Person) -> None:
    page = person.get_page(person.site.home)
    assert page.select("[data-vcm-nav], [data-vcm-live]") == []


def api_headers(site: Site) -> dict[str, str]:
    return {"Authorization": site.tokens["patient"]} if site.tokens else {}
