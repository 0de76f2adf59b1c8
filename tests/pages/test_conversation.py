"""A conversation's page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.actions.snapshot import waiting_since
from tests.options import set_options
from tests.pages.visitor import only, page, texts, values
from tests.roles import change_roles
from vclinic_messages import actions
from vclinic_messages.models import Conversation, Message, Participant
from vclinic_messages.testing import create_conversation, switch_messages


def unread(conversation, user):
    return Participant.objects.get(conversation=conversation, mailbox__user=user).unread_count


def test_who_said_what(visit, patient, conversation, address, doctor):
    actions.send_message(conversation=conversation, sender=doctor, body="Good morning to you")
    response = visit(patient).get(address)
    assert texts(response, ".vcm-msg__name") == ["You", "Amara Okafor"]
    assert texts(response, ".vcm-msg__body") == ["Good morning", "Good morning to you"]
    assert texts(response, "#vcm-heading") == ["Amara Okafor"]
    assert texts(response, ".vcm-label") == ["Reply to Amara Okafor"]
    assert only(response, ".vcm-row")["aria-current"] == "true"


def test_text_is_shown_as_it_was_typed_and_runs_nothing(visit, doctor, patient):
    body = "<script>alert(1)</script>\n\n  & 'quotes' https://example.org/a?b=1&c=2."
    conversation = create_conversation(patient, doctor, body)
    response = visit(doctor).get(f"/messages/{conversation.pk}/")
    shown = only(response, ".vcm-msg__body")
    assert shown.get_text() == body
    assert shown.select("script") == []
    assert shown.a["href"] == "https://example.org/a?b=1&c=2"
    assert shown.a["rel"] == ["nofollow", "noopener", "noreferrer"]
    assert shown["dir"] == "auto"


def test_opening_reads_nothing(visit, doctor, conversation, address):
    visit(doctor).get(address)
    visit(doctor).ask(address, "vcm-main")
    assert unread(conversation, doctor) == 1


def test_mark_as_read_without_a_script(visit, doctor, conversation, address):
    visitor = visit(doctor)
    response = visitor.press(visitor.get(address), "#vcm-mark-read")
    assert response["Location"] == address
    assert unread(conversation, doctor) == 0
    assert page(visitor.get(address)).select("#vcm-mark-read") == []


def test_mark_as_read_for_the_script(visit, doctor, conversation, address):
    message = Message.objects.get().pk
    response = visit(doctor).post(
        f"{address}read/", {"message": message}, headers={"accept": "application/json"}
    )
    assert response.json() == {"unread_conversations": 0}


@pytest.mark.parametrize("message", ["", "x", "0", "999999999"])
def test_an_invalid_read_mark(visit, doctor, conversation, address, message):
    data = {"message": message}
    response = visit(doctor).post(f"{address}read/", data, headers={"accept": "application/json"})
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert visit(doctor).post(f"{address}read/", data).status_code == 302
    assert unread(conversation, doctor) == 1


def test_new_messages_are_below_a_divider(visit, patient, doctor):
    conversation = create_conversation(doctor, patient, "Old")
    actions.mark_read(conversation=conversation, reader=patient, up_to=Message.objects.get().pk)
    actions.send_message(conversation=conversation, sender=doctor, body="New")
    response = visit(patient).get(f"/messages/{conversation.pk}/")
    divider = only(response, "#vcm-first-new")
    assert divider.get_text() == "New messages"
    assert divider.find_next_sibling("article").select_one(".vcm-msg__body").get_text() == "New"
    assert page(visit(doctor).get(f"/messages/{conversation.pk}/")).select("#vcm-first-new") == []


def age(message, days):
    """Messages cannot be changed; a test may put one into the past."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE vclinic_messages_message DISABLE TRIGGER USER")
        Message.objects.filter(pk=message.pk).update(sent_at=timezone.now() - timedelta(days=days))
        cursor.execute("ALTER TABLE vclinic_messages_message ENABLE TRIGGER USER")


def test_days_are_divided_and_a_name_is_said_once_a_day(visit, patient, doctor):
    conversation = create_conversation(doctor, patient, "First")
    first = Message.objects.get()
    for body in ("Second", "Third"):
        actions.send_message(conversation=conversation, sender=doctor, body=body)
    age(first, days=1)
    response = visit(doctor).get(f"/messages/{conversation.pk}/")
    assert texts(response, ".vcm-divider") == ["Yesterday", "Today"]
    follows = ["vcm-msg--follows" in each["class"] for each in page(response).select(".vcm-msg")]
    assert follows == [False, False, True]
    assert texts(response, ".vcm-msg__receipt") == ["Sent"]


@pytest.fixture
def unlimited(settings):
    set_options(settings, SENDS_PER_MINUTE=1000)


@pytest.fixture
def long_conversation(patient, doctor, unlimited):
    return create_conversation(patient, doctor, *(f"Message {number}" for number in range(52)))


def test_earlier_messages_by_a_link(visit, patient, long_conversation):
    last = Message.objects.latest("pk").pk
    actions.mark_read(conversation=long_conversation, reader=patient, up_to=last)
    newest = visit(patient).get(f"/messages/{long_conversation.pk}/")
    assert texts(newest, ".vcm-msg__body")[0] == "Message 2"
    link = only(newest, "#vcm-earlier a")["href"]
    assert texts(visit(patient).get(link), ".vcm-msg__body") == ["Message 0", "Message 1"]
    part = visit(patient).ask(link, "vcm-earlier")
    assert texts(part, ".vcm-msg__body") == ["Message 0", "Message 1"]
    assert page(part).select("#vcm-earlier, #vcm-composer") == []


def test_arrivals_for_the_script(visit, patient, doctor, long_conversation):
    path = f"/messages/{long_conversation.pk}/"
    ids = list(Message.objects.order_by("pk").values_list("pk", flat=True))
    response = visit(patient).ask(f"{path}?after={ids[-3]}", "vcm-messages")
    assert texts(response, ".vcm-msg__body") == ["Message 50", "Message 51"]
    assert texts(visit(patient).ask(f"{path}?after={ids[-1]}", "vcm-messages"), ".vcm-msg") == []


def test_more_arrivals_than_a_page_leave_nothing_out(visit, patient, doctor, unlimited):
    conversation = create_conversation(patient, doctor, *(f"Message {number}" for number in range(120)))
    path = f"/messages/{conversation.pk}/"
    ids = list(Message.objects.order_by("pk").values_list("pk", flat=True))
    visitor, found = visit(patient), []
    for target, after, newer in (
        ("vcm-messages", ids[0], "69 newer messages"),
        ("vcm-newer", ids[50], "19 newer messages"),
        ("vcm-newer", ids[100], None),
    ):
        part = visitor.ask(f"{path}?after={after}", target)
        found += texts(part, ".vcm-msg__body")
        assert texts(part, "#vcm-newer a") == ([newer] if newer else [])
        assert page(part).select("#vcm-earlier") == []
        assert bool(page(part).select(".vcm-msg__receipt")) is (newer is None)
    assert found == [f"Message {number}" for number in range(1, 120)]


@pytest.fixture
def unread_for_patient(patient, doctor, unlimited):
    """The patient wrote first, has read 10 messages since, and not the next 65."""
    conversation = create_conversation(patient, doctor, "Hello", *(f"Old {number}" for number in range(10)))
    last = actions.send_message(conversation=conversation, sender=doctor, body="Last one read")
    actions.mark_read(conversation=conversation, reader=patient, up_to=last.pk)
    for number in range(65):
        actions.send_message(conversation=conversation, sender=doctor, body=f"New {number}")
    return conversation


def test_more_unread_than_a_page_opens_at_the_first_unread_one(visit, patient, unread_for_patient):
    visitor, path = visit(patient), f"/messages/{unread_for_patient.pk}/"
    opened = visitor.get(path)
    assert texts(opened, ".vcm-msg__body") == [f"New {number}" for number in range(50)]
    divider = only(opened, "#vcm-first-new")
    assert divider.find_next_sibling("article").select_one(".vcm-msg__body").get_text() == "New 0"
    assert texts(opened, "#vcm-newer a") == ["15 newer messages"]
    assert texts(opened, "#vcm-earlier a") == ["Load earlier messages"]
    earlier = visitor.get(only(opened, "#vcm-earlier a")["href"])
    assert texts(earlier, ".vcm-msg__body")[-1] == "Last one read"
    newest = visitor.get(only(opened, "#vcm-newer a")["href"])
    assert texts(newest, ".vcm-msg__body") == [f"New {number}" for number in range(50, 65)]
    assert page(newest).select("#vcm-newer, #vcm-first-new") == []
    assert texts(newest, "#vcm-earlier a") == ["Load earlier messages"]


@pytest.mark.parametrize("button", ["#vcm-mark-read", "#vcm-composer"])
def test_only_what_was_on_the_page_becomes_read(visit, patient, unread_for_patient, button):
    visitor, path = visit(patient), f"/messages/{unread_for_patient.pk}/"
    typed = {"body": "An answer"} if button == "#vcm-composer" else {}
    assert visitor.press(visitor.get(path), button, **typed).status_code == 302
    assert unread(unread_for_patient, patient) == 15
    rest = visitor.get(path)
    assert page(rest).select("#vcm-newer") == []
    divider = only(rest, "#vcm-first-new")
    assert divider.find_next_sibling("article").select_one(".vcm-msg__body").get_text() == "New 50"
    visitor.press(rest, "#vcm-mark-read")
    assert unread(unread_for_patient, patient) == 0


def test_exactly_a_page_of_unread_messages_is_the_newest_page(visit, patient, doctor, unlimited):
    conversation = create_conversation(doctor, patient, *(f"New {number}" for number in range(50)))
    opened = visit(patient).get(f"/messages/{conversation.pk}/")
    assert len(texts(opened, ".vcm-msg")) == 50
    assert page(opened).select("#vcm-newer, #vcm-earlier") == []


def test_what_one_wrote_oneself_is_not_unread(visit, patient, doctor, unlimited):
    """The doctor has answered without reading: their own messages are no reason to go back."""
    conversation = create_conversation(patient, doctor, "Hello")
    actions.mark_read(conversation=conversation, reader=doctor, up_to=Message.objects.get().pk)
    for number in range(60):
        actions.send_message(conversation=conversation, sender=doctor, body=f"Own {number}")
    actions.send_message(conversation=conversation, sender=patient, body="The only new one")
    opened = visit(doctor).get(f"/messages/{conversation.pk}/")
    assert texts(opened, ".vcm-msg__body")[-1] == "The only new one"
    assert page(opened).select("#vcm-newer") == []


def test_what_is_unread_above_ones_own_messages_opens_first(visit, patient, doctor, unlimited):
    conversation = create_conversation(patient, doctor, "Hello")
    actions.mark_read(conversation=conversation, reader=doctor, up_to=Message.objects.get().pk)
    actions.send_message(conversation=conversation, sender=patient, body="The only new one")
    for number in range(60):
        actions.send_message(conversation=conversation, sender=doctor, body=f"Own {number}")
    opened = visit(doctor).get(f"/messages/{conversation.pk}/")
    assert texts(opened, ".vcm-msg__body")[:2] == ["The only new one", "Own 0"]
    assert texts(opened, "#vcm-newer a") == ["11 newer messages"]
    assert texts(opened, "#vcm-earlier a") == ["Load earlier messages"]


@pytest.mark.parametrize("unread_count", [1, 50])
def test_the_newest_page_with_earlier_messages(visit, patient, doctor, unlimited, unread_count):
    conversation = create_conversation(patient, doctor, "Hello")
    numbers = range(60)
    for number in numbers:
        actions.send_message(conversation=conversation, sender=patient, body=f"No. {number}")
    read = Message.objects.get(body=f"No. {59 - unread_count}")
    actions.mark_read(conversation=conversation, reader=doctor, up_to=read.pk)
    opened = visit(doctor).get(f"/messages/{conversation.pk}/")
    assert texts(opened, ".vcm-msg__body") == [f"No. {number}" for number in numbers[-50:]]
    assert len(texts(opened, ".vcm-divider[data-day]")) == 1
    assert page(opened).select("#vcm-newer") == []
    assert texts(opened, "#vcm-earlier a") == ["Load earlier messages"]


@pytest.mark.parametrize("query", ["?after=999999999", "?before=1"])
def test_an_address_beyond_the_messages_shows_the_newest(visit, patient, conversation, address, query):
    assert texts(visit(patient).get(address + query), ".vcm-msg__body") == ["Good morning"]


def test_an_arrival_repeats_neither_the_day_nor_the_name_above_it(
    visit, patient, doctor, conversation, address
):
    first = Message.objects.get()
    for sender in (patient, doctor):
        actions.send_message(conversation=conversation, sender=sender, body="And another thing")
    response = visit(patient).ask(f"{address}?after={first.pk}", "vcm-messages")
    follows = ["vcm-msg--follows" in each["class"] for each in page(response).select(".vcm-msg")]
    assert follows == [True, False]
    assert texts(response, ".vcm-divider[data-day]") == []


def test_only_arrivals_are_read(visit, patient, long_conversation):
    newest = Message.objects.latest("pk")
    with CaptureQueriesContext(connection) as captured:
        visit(patient).ask(f"/messages/{long_conversation.pk}/?after={newest.pk}", "vcm-messages")
    bodies = [each["sql"] for each in captured if '"vclinic_messages_message"."body"' in each["sql"]]
    assert len(bodies) == 1
    assert f'"id" >= {newest.pk}' in bodies[0]


def test_a_conversation_that_cannot_be_answered_says_why(visit, patient, doctor, conversation, address):
    switch_messages(phone="555-0100")
    change_roles(doctor)
    response = visit(patient).get(address)
    assert page(response).select("#vcm-composer") == []
    assert "can no longer receive messages" in only(response, "#vcm-closed").get_text()
    assert only(response, "#vcm-closed .vcm-phone")["href"] == "tel:5550100"
    assert texts(response, ".vcm-msg__body") == ["Good morning"]


def test_the_notice_is_for_patients(visit, patient, doctor, address):
    notice = texts(visit(patient).get(address), "#vcm-notice")[0]
    assert notice.startswith("Not for emergencies. In an emergency call 911.")
    assert "A sent message cannot be changed or withdrawn." in notice
    staff = texts(visit(doctor).get(address), "#vcm-notice")[0]
    assert staff.startswith("Maya Ferreira will see your name and “Doctor” with this message.")
    assert "A sent message cannot be changed or withdrawn." in staff


def test_staff_say_that_no_answer_is_needed(visit, patient, doctor, conversation, address):
    assert page(visit(patient).get(address)).select("#vcm-no-answer-needed") == []
    visitor = visit(doctor)
    assert texts(visitor.get(address), ".vcm-work") == ["Waiting for 1 minute No answer needed"]
    done = visitor.press(visitor.get(address), "#vcm-no-answer-needed")
    assert (done.status_code, done["Location"]) == (302, address)
    assert waiting_since(Conversation.objects.get()) is None
    said = ["Removed from the waiting list until Maya Ferreira writes again. Undo"]
    assert texts(visitor.get(address), ".vcm-work") == said
    actions.send_message(conversation=conversation, sender=patient, body="And one thing more")
    assert texts(visitor.get(address), ".vcm-work") == ["Waiting for 1 minute No answer needed"]
    assert page(visit(patient).get(address)).select(".vcm-work") == []
    assert visit(patient).post(f"{address}no-answer-needed/", {}).status_code == 403


def test_staff_undo_it_until_somebody_writes(visit, patient, doctor, conversation, address):
    before = waiting_since(conversation)
    visitor = visit(doctor)
    visitor.press(visitor.get(address), "#vcm-no-answer-needed")
    removed = visitor.get(address)
    undone = visitor.press(removed, "#vcm-no-answer-needed", {"action": "undo"})
    assert (undone.status_code, undone["Location"]) == (302, address)
    assert waiting_since(conversation) == before
    actions.send_message(conversation=conversation, sender=doctor, body="An answer")
    late = visitor.press(removed, "#vcm-no-answer-needed", {"action": "undo"})
    assert late.status_code == 409
    assert "Somebody has written in this conversation" in texts(late, "#vcm-alert")[0]
    assert only(late, "#vcm-work").has_attr("hidden")


def test_htmx_gets_the_strip_alone_or_why_nothing_was_done(visit, doctor, conversation, address):
    visitor = visit(doctor)
    strip = visitor.ask(address, "vcm-work")
    assert only(strip, "#vcm-work")["data-said"] == "Back on the waiting list."
    assert page(strip).select(".vcm-msg, #vcm-sidebar") == []
    actions.send_message(conversation=conversation, sender=doctor, body="An answer")
    posted = {**values(only(strip, "form")), "action": "undo"}
    headers = {"HX-Request": "true", "HX-Target": "vcm-work"}
    late = visitor.post(f"{address}no-answer-needed/", posted, headers=headers)
    assert (late.status_code, late["HX-Retarget"]) == (409, "#vcm-main")


def test_the_main_pane_alone_for_htmx(visit, patient, address):
    response = visit(patient).ask(address, "vcm-main")
    assert "<html" not in response.content.decode()
    assert page(response).select("#vcm-sidebar") == []
    assert only(response, ".vcm-view")["data-url"] == address
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert "<html" in visit(patient).get(address, headers=headers).content.decode()
