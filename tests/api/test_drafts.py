"""Drafts over the API."""

from __future__ import annotations

import pytest

from tests.actions.snapshot import version as mailbox_version
from tests.api.caller import field_codes, refusal
from tests.api.statements import statements
from tests.roles import change_roles
from vclinic_messages.models import AuditEvent, Draft, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages


@pytest.fixture
def draft(address):
    """The path of the draft in the conversation."""
    return f"{address}draft/"


def save(caller, path, body, version=0, **more):
    return caller.put(path, {"body": body, "version": version, **more})


def test_saving_reading_and_discarding(api, patient, draft):
    caller = api(patient)
    answer = caller.get(draft)
    assert (answer.status_code, answer.json()["code"], answer.json()["version"]) == (404, "not_found", 0)
    saved = save(caller, draft, "Half a\r\nthought")
    assert saved.status_code == 200
    assert (saved.json()["body"], saved.json()["version"]) == ("Half a\nthought", 1)
    assert saved.json()["saved_at"].startswith("20")
    assert caller.get(draft).json() == saved.json()
    assert save(caller, draft, "A thought", 1).json()["version"] == 2
    gone = caller.delete(draft)
    assert (gone.status_code, gone.content) == (204, b"")
    answer = caller.get(draft)
    assert (answer.status_code, answer.json()["version"]) == (404, 3)


def test_another_version_is_a_conflict(api, patient, draft):
    caller = api(patient)
    save(caller, draft, "Newer")
    for version in (0, 2):
        answer = save(caller, draft, "Mine", version)
        assert answer.status_code == 409
        found = answer.json()
        assert (found["code"], found["version"]) == ("draft_conflict", 1)
        assert found["draft"] == caller.get(draft).json()
    caller.delete(draft)
    found = save(caller, draft, "Mine", 1).json()
    assert (found["draft"], found["version"]) == (None, 2)
    assert save(caller, draft, "Mine", 2).status_code == 200


@pytest.mark.parametrize("blank", ["", " \n\u200b"])
def test_a_blank_text_discards(api, patient, draft, blank):
    caller = api(patient)
    save(caller, draft, "Text")
    answer = save(caller, draft, blank, 1)
    assert (answer.status_code, answer.json()["body"], answer.json()["version"]) == (200, "", 2)
    assert caller.get(draft).status_code == 404


def test_a_draft_may_be_longer_than_a_message(api, patient, draft):
    caller = api(patient)
    assert save(caller, draft, "🙂" * 10_000).status_code == 200
    assert field_codes(save(caller, draft, "x" * 10_001, 1)) == {"body": ["max_length"]}
    assert field_codes(save(caller, draft, "nul \0", 1)) == {"body": ["invalid_characters"]}
    assert caller.get(draft).json()["body"] == "🙂" * 10_000


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ({}, {"body": ["required"], "version": ["required"]}),
        ({"body": 1, "version": "1"}, {"body": ["invalid_type"], "version": ["invalid_type"]}),
        ({"body": "x", "version": -1}, {"version": ["invalid_type"]}),
        ({"body": "x", "version": None}, {"version": ["required"]}),
    ],
)
def test_invalid_input(api, patient, draft, data, codes):
    assert field_codes(api(patient).put(draft, data)) == codes
    assert field_codes(api(patient).put("draft/", data)) == codes


def test_only_participants_have_a_draft(api, patient2, draft):
    for method in ("GET", "PUT", "DELETE"):
        answer = api(patient2).call(method, draft, b'{"body": "x", "version": 0}', "application/json")
        assert refusal(answer) == (404, "not_found")
    assert refusal(api(patient2).put(draft, {})) == (404, "not_found")
    assert not Draft.objects.exists()


def test_former_staff_find_no_draft_any_more_and_lose_none(api, doctor, draft):
    save(api(doctor), draft, "An answer")
    change_roles(doctor, Role.PATIENT)
    for answer in (api(doctor).get(draft), save(api(doctor), draft, "x", 1), api(doctor).delete(draft)):
        assert refusal(answer) == (404, "not_found")
    change_roles(doctor, Role.DOCTOR)
    assert api(doctor).get(draft).json()["body"] == "An answer"


def test_nothing_is_lost_while_messages_is_off(api, patient, draft):
    save(api(patient), draft, "Text")
    switch_messages(False)
    for path in (draft, "draft/", "drafts/"):
        assert refusal(api(patient).get(path)) == (403, "messages_disabled")
    assert refusal(save(api(patient), draft, "x", 1)) == (403, "messages_disabled")
    assert refusal(api(patient).delete(draft)) == (403, "messages_disabled")
    switch_messages()
    assert api(patient).get(draft).json()["body"] == "Text"


def test_the_author_alone_sees_it(api, patient, doctor, draft):
    save(api(patient), draft, "Mine")
    assert api(doctor).get(draft).status_code == 404
    assert api(doctor).results("conversations/")[0]["draft"] is None
    listed = api(patient).results("conversations/")[0]["draft"]
    assert (set(listed), listed["excerpt"]) == ({"excerpt", "saved_at"}, "Mine")


def test_a_save_changes_no_mailbox_and_records_nothing(api, patient, doctor, draft):
    before = [mailbox_version(each) for each in (patient, doctor)]
    state = api(doctor).get("live/state/").headers["ETag"]
    events = AuditEvent.objects.count()
    save(api(patient), draft, "Text")
    api(patient).get(draft)
    api(patient).delete(draft)
    assert [mailbox_version(each) for each in (patient, doctor)] == before
    assert api(doctor).get("live/state/").headers["ETag"] == state
    assert AuditEvent.objects.count() == events


# Sending


@pytest.mark.parametrize(
    ("known", "is_cleared"), [(None, True), (2, True), (3, True), (1, False), (0, False)]
)
def test_a_send_clears_the_draft_that_it_names_or_an_older_one(
    api, patient, address, draft, known, is_cleared
):
    caller = api(patient)
    save(caller, draft, "One")
    save(caller, draft, "A longer text", 1)
    data = {"body": "Short"} | ({} if known is None else {"draft": known})
    assert caller.post(f"{address}messages/", data).status_code == 201
    answer = caller.get(draft)
    assert (answer.status_code, answer.json()["version"]) == ((404, 3) if is_cleared else (200, 2))


def test_a_newer_draft_with_exactly_the_sent_text_is_cleared(api, patient, address, draft):
    caller = api(patient)
    save(caller, draft, "The same")
    assert caller.post(f"{address}messages/", {"body": "The same", "draft": 0}).status_code == 201
    assert caller.get(draft).status_code == 404


def test_a_first_save_under_way_is_refused_after_the_send(api, patient, address, draft):
    caller = api(patient)
    caller.post(f"{address}messages/", {"body": "Sent", "draft": 0})
    answer = save(caller, draft, "Sen")
    assert (answer.status_code, answer.json()["draft"], answer.json()["version"]) == (409, None, 1)


def test_a_send_that_names_no_draft_leaves_no_trace(api, patient, address, draft):
    caller = api(patient)
    caller.post(f"{address}messages/", {"body": "Sent"})
    assert not Draft.objects.exists()
    assert save(caller, draft, "Next").json()["version"] == 1


def test_a_repeated_send_does_not_clear_a_later_draft(api, patient, address, draft):
    caller = api(patient)
    data = {"body": "Sent", "draft": 0}
    for body in ("Later", "Later still"):
        assert caller.post(f"{address}messages/", data, Idempotency_Key="one").status_code == 201
        version = caller.get(draft).json()["version"]
        save(caller, draft, body, version)
    assert caller.get(draft).json()["body"] == "Later still"


def test_a_refused_send_clears_nothing(api, patient, address, draft):
    caller = api(patient)
    save(caller, draft, "Text")
    assert caller.post(f"{address}messages/", {"body": " ", "draft": 1}).status_code == 400
    assert caller.get(draft).json()["version"] == 1


def test_starting_clears_the_draft_for_this_recipient_only(api, patient, doctor, doctor2):
    caller = api(patient)
    for person in (doctor, doctor2):
        save(caller, f"draft/?recipient={person.pk}", f"To {person.pk}")
    data = {"recipient": str(doctor.pk), "body": "Sent", "draft": 1}
    assert caller.post("conversations/", data).status_code == 201
    assert [each["recipient"] for each in caller.results("drafts/")] == [str(doctor2.pk)]


# New messages


def test_drafts_of_new_messages(api, patient, doctor):
    caller = api(patient)
    save(caller, "draft/", "To nobody yet")
    save(caller, f"draft/?recipient={doctor.pk}", "To the doctor")
    first, second = caller.results("drafts/")
    assert (first["body"], first["recipient"], first["recipient_name"]) == (
        "To the doctor",
        str(doctor.pk),
        "Amara Okafor",
    )
    assert (second["body"], second["recipient"], second["recipient_name"]) == ("To nobody yet", None, "")
    assert caller.get("draft/").json() == second
    assert caller.get(f"draft/?recipient={doctor.pk}").json() == first
    assert caller.delete(f"draft/?recipient={doctor.pk}").status_code == 204
    assert caller.get(f"draft/?recipient={doctor.pk}").status_code == 404
    assert caller.results("drafts/") == [second]


def test_the_list_of_drafts_has_pages(api, doctor):
    caller = api(doctor)
    for number in range(53):
        person = create_member(Role.PATIENT)
        save(caller, f"draft/?recipient={person.pk}", str(number))
    page = caller.get("drafts/").json()
    rest = caller.get(page["next"]).json()
    found = [int(each["body"]) for each in page["results"] + rest["results"]]
    assert (len(page["results"]), found) == (50, list(reversed(range(53))))
    assert rest["next"] is None


def test_a_draft_moves_with_its_recipient(api, patient, doctor, doctor2):
    caller = api(patient)
    save(caller, "draft/", "Text")
    moved = save(caller, f"draft/?recipient={doctor.pk}", "Text", 1, was=None)
    assert (moved.status_code, moved.json()["version"]) == (200, 1)
    moved = save(caller, "draft/", "Text!", 1, recipient=str(doctor2.pk), was=str(doctor.pk))
    assert moved.status_code == 200
    assert [(each["recipient"], each["body"]) for each in caller.results("drafts/")] == [
        (str(doctor2.pk), "Text!")
    ]
    moved = save(caller, f"draft/?recipient={doctor2.pk}", "Text!", 1, recipient=str(doctor.pk))
    assert (moved.status_code, moved.json()["version"]) == (200, 3)
    assert (
        save(caller, f"draft/?recipient={doctor.pk}", "Text!", 3, recipient=str(doctor2.pk)).status_code
        == 200
    )
    back = save(caller, "draft/", "Text", 3, recipient=None, was=str(doctor2.pk))
    assert (back.status_code, back.json()["version"]) == (200, 3)


def test_moving_overwrites_no_other_draft(api, patient, doctor):
    caller = api(patient)
    save(caller, f"draft/?recipient={doctor.pk}", "There already")
    save(caller, "draft/", "Mine")
    answer = save(caller, f"draft/?recipient={doctor.pk}", "Mine", 1, was=None)
    assert answer.status_code == 409
    draft = answer.json()["draft"]
    assert (draft["body"], draft["recipient"], draft["recipient_name"]) == (
        "There already",
        str(doctor.pk),
        "Amara Okafor",
    )
    assert len(caller.results("drafts/")) == 2


@pytest.mark.parametrize("whom", ["themselves", "another patient", "nobody", "nonsense"])
def test_a_draft_is_for_somebody_who_may_be_written_to(api, patient, patient2, whom):
    key = {"themselves": patient.pk, "another patient": patient2.pk, "nobody": 999, "nonsense": "x"}[whom]
    caller = api(patient)
    path = f"draft/?recipient={key}"
    assert field_codes(save(caller, path, "x")) == {"recipient": ["recipient_not_allowed"]}
    assert caller.get(path).status_code == 404
    assert caller.delete(path).status_code == 204
    assert not Draft.objects.exclude(body="").exists()


def test_a_draft_stays_when_its_recipient_may_no_longer_be_written_to(api, patient, doctor):
    caller = api(patient)
    path = f"draft/?recipient={doctor.pk}"
    save(caller, path, "Text")
    change_roles(doctor)
    assert caller.get(path).json()["body"] == "Text"
    assert save(caller, path, "Text, longer", 1).status_code == 200
    assert caller.delete(path).status_code == 204


# The limit


def test_more_than_120_saves_of_one_draft_in_a_minute_wait(api, patient, draft):
    caller = api(patient)
    for version in range(120):
        assert save(caller, draft, str(version), version).status_code == 200
    answer = save(caller, draft, "Too much", 120)
    assert refusal(answer) == (429, "throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert save(caller, "draft/", "Another draft").status_code == 200
    assert caller.get(draft).json()["body"] == "119"
    assert caller.delete(draft).status_code == 204


# Cost


@pytest.mark.parametrize(
    "path", ["draft/", "draft/?recipient={doctor}", "conversations/{conversation}/draft/"]
)
def test_a_save_costs_at_most_four_statements(api, patient, doctor, conversation, path):
    path = path.format(doctor=doctor.pk, conversation=conversation.pk)
    caller = api(patient)
    save(caller, path, "First")
    counted = statements(lambda: save(caller, path, "Second", 1))
    assert caller.get(path).json()["body"] == "Second"
    assert counted["own"] <= 4
    assert counted["directory"] <= 2


def test_the_list_costs_the_same_with_drafts(api, patient, doctor):
    for _ in range(3):
        create_conversation(patient, doctor)
    caller = api(patient)
    before = statements(lambda: caller.get("conversations/"))
    for each in caller.results("conversations/"):
        save(caller, f"conversations/{each['id']}/draft/", "Text")
    assert statements(lambda: caller.get("conversations/")) == before
