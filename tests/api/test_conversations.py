"""``conversations/``: the list, one conversation, starting one."""

import uuid
from datetime import datetime
from urllib.parse import urlencode

import pytest
from django.db.models import AutoField

from example_project.people.models import Profile
from tests.actions.snapshot import rows
from tests.api.caller import field_codes, refusal
from tests.roles import change_roles
from vclinic_messages import actions
from vclinic_messages.models import Conversation, Message, Participant, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages


def test_a_conversation_has_exactly_the_contracts_keys(api, conversation, patient, doctor):
    Profile.objects.create(user=doctor, title="Dr.", description="Cardiology")
    message = Message.objects.get()
    data = api(doctor).get(f"conversations/{conversation.pk}/").json()
    assert data == {
        "id": str(conversation.pk),
        "participants": data["participants"],
        "last_message": {
            "id": message.pk,
            "sender": "Maya Ferreira",
            "excerpt": "Good morning",
            "sent_at": data["last_message"]["sent_at"],
            "is_mine": False,
        },
        "unread_count": 1,
        "can_reply": True,
        "cannot_reply": None,
        "team": None,
        "assigned_to": None,
        "writing": [],
        "draft": None,
        "created_at": data["created_at"],
        "match": None,
        "url": f"/messages/{conversation.pk}/",
    }
    assert sorted(data["participants"], key=lambda each: each["name"]) == [
        {
            "id": str(doctor.pk),
            "name": "Dr. Amara Okafor",
            "role": "doctor",
            "description": "Cardiology",
            "is_me": True,
            "away": None,
        },
        {
            "id": str(patient.pk),
            "name": "Maya Ferreira",
            "role": "patient",
            "description": "",
            "is_me": False,
            "away": None,
        },
    ]
    for text in (data["created_at"], data["last_message"]["sent_at"]):
        assert datetime.fromisoformat(text).utcoffset() is not None
    assert datetime.fromisoformat(data["last_message"]["sent_at"]) == message.sent_at


def test_the_list_contains_the_same_conversation(api, conversation, patient):
    page = api(patient).get("conversations/").json()
    assert page == {
        "next": None,
        "previous": None,
        "results": [api(patient).get(f"conversations/{conversation.pk}/").json()],
    }


def test_each_sees_it_from_their_own_side(api, conversation, patient):
    [data] = api(patient).results("conversations/")
    assert (data["unread_count"], data["last_message"]["is_mine"]) == (0, True)
    assert [each["name"] for each in data["participants"] if each["is_me"]] == ["Maya Ferreira"]


def test_a_long_text_is_shown_as_one_short_line(api, patient, doctor):
    create_conversation(patient, doctor, "First line\n\n" + "word " * 200)
    [data] = api(patient).results("conversations/")
    assert data["last_message"]["excerpt"].startswith("First line word")
    assert "\n" not in data["last_message"]["excerpt"]
    assert len(data["last_message"]["excerpt"]) <= 120


def test_the_newest_activity_comes_first(api, patient, doctor, doctor2, admin):
    conversations = [create_conversation(patient, each) for each in (doctor, doctor2, admin)]
    actions.send_message(conversation=conversations[0], sender=doctor, body="Answer")
    listed = [each["id"] for each in api(patient).results("conversations/")]
    assert listed == [str(conversations[index].pk) for index in (0, 2, 1)]


def test_reading_does_not_change_the_order(api, patient, doctor, doctor2):
    first, second = (create_conversation(each, patient) for each in (doctor, doctor2))
    caller = api(patient)
    before = [each["id"] for each in caller.results("conversations/")]
    caller.post(f"conversations/{first.pk}/read/", {"message": Message.objects.first().pk})
    assert (
        [each["id"] for each in caller.results("conversations/")] == before == [str(second.pk), str(first.pk)]
    )


def test_only_ones_own_conversations_are_listed(api, conversation, patient2, doctor2, admin):
    create_conversation(patient2, doctor2)
    assert api(admin).results("conversations/") == []
    assert len(api(patient2).results("conversations/")) == 1


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("q=okafor", 1),
        ("q=OKAFOR", 1),
        ("q=blood", 1),
        ("q=solberg", 1),
        ("q=ferreira", 0),
        ("q=nothing", 0),
        ("q=%25", 0),
        ("q=_", 0),
        ("q=", 2),
        ("q=%20", 2),
        ("unread=true", 1),
        ("unread=false", 2),
        ("unread=true&q=okafor", 0),
        ("unread=true&q=solberg", 1),
        ("show=unread", 1),
        ("show=all", 2),
        ("show=all&unread=true", 2),
    ],
)
def test_the_list_is_searched_and_filtered(api, patient, doctor, doctor2, query, count):
    create_conversation(patient, doctor, "About my blood test")
    create_conversation(doctor2, patient, "An appointment")
    assert len(api(patient).results(f"conversations/?{query}")) == count


def test_a_search_finds_earlier_messages_too(api, patient, doctor):
    create_conversation(patient, doctor, "About my blood test", "Come in", "Thank you")
    assert len(api(patient).results("conversations/?q=blood")) == 1


def test_a_row_found_by_text_carries_its_newest_match(api, patient, doctor):
    create_conversation(patient, doctor, "My blood test", "Blood again: 🩸 your blóod", "Thank you")
    caller = api(patient)
    [data] = caller.results("conversations/?q=blood")
    text = "Blood again: 🩸 your blóod"
    assert data["match"] == {
        "message": Message.objects.get(body=text).pk,
        "excerpt": text,
        "sender": "Amara Okafor",
        "is_mine": False,
        "ranges": [[0, 5], [20, 25]],
    }
    [data] = caller.results("conversations/?q=okafor")
    assert data["match"] is None
    [data] = caller.results("conversations/")
    assert data["match"] is None


def test_a_search_finds_nothing_of_others(api, conversation, doctor2, patient2):
    create_conversation(patient2, doctor2, "Good evening")
    assert len(api(doctor2).results("conversations/?q=good")) == 1
    assert api(doctor2).results("conversations/?q=morning") == []


SAME = [
    ("Lucía Marín", "marin"),
    ("Lucia Marin", "MARÍN"),
    ("Mari\u0301n", "mar\u00edn"),
    ("Mar\u00edn", "mari\u0301n"),
    ("Größe", "GRÖSSE"),
    ("GROSSE", "größe"),
    ("Жуков", "жук"),
    ("Ørsted", "orst"),
    ("my son’s knee", "son's"),
    ("my son's knee", "SON’S"),
    ("김민수", "김민"),
    ("100% of a.b (c) [d] \\ ^$|?*+{}", "a.b"),
    ("100% of a.b (c) [d] \\ ^$|?*+{}", "(c) [d] \\ ^$|?*+{} 100%"),
    ("***:x", "***:x"),
    ("S" * 200, "s" * 200),
    ("s" * 400, "ß" * 200),
]


@pytest.mark.parametrize(("text", "search"), SAME)
def test_a_search_ignores_case_accents_and_apostrophes(api, patient, doctor, text, search):
    create_conversation(patient, doctor, text)
    found = api(doctor).results("conversations/?" + urlencode({"q": search}))
    assert [each["last_message"]["excerpt"][:5] for each in found] == [text[:5]]


@pytest.mark.parametrize(("text", "search"), SAME[:-1])
def test_a_search_ignores_them_in_names_too(api, patient, doctor, text, search):
    create_conversation(patient, doctor)
    participant = Participant.objects.get(mailbox__user=patient)
    participant.name = text
    participant.save()
    assert len(api(doctor).results("conversations/?" + urlencode({"q": search}))) == 1


@pytest.mark.parametrize(
    "search", ["a.c", "a*c", "[b]", "ab|x", "bc", "c$", "\\w", "\u0301", "abcd", "%", "_bc", "?"]
)
def test_a_search_is_not_a_regular_expression(api, patient, doctor, search):
    create_conversation(patient, doctor, "abc")
    assert api(doctor).results("conversations/?" + urlencode({"q": search})) == []


def test_a_person_is_found_by_the_present_name_and_by_the_one_before(api, patient, doctor):
    conversation = create_conversation(patient, doctor)
    patient.last_name = "Weber"
    patient.save()
    actions.send_message(conversation=conversation, sender=patient, body="It is me")
    for search in ("weber", "ferreira", "maya weber", "weber ferreira"):
        assert len(api(doctor).results(f"conversations/?q={search}")) == 1
    assert not api(patient).results("conversations/?q=weber")  # one's own name is in every conversation


@pytest.mark.parametrize("call", ["conversations/", "recipients/"])
def test_a_search_uses_eight_words_and_says_so(api, patient, doctor, call):
    create_conversation(patient, doctor, "one two three four five six seven eight")
    words = ["a", "one", "two", "three", "four", "five", "six", "seven", "eight"]
    answers = [api(patient).get(f"{call}?q={'+'.join(words[:count])}").json() for count in (8, 9)]
    assert [answer.get("truncated") for answer in answers] == [None, True]


def test_words_after_the_eighth_are_ignored(api, patient, doctor):
    create_conversation(patient, doctor, "one two three four five six seven eight")
    search = "one+two+three+four+five+six+seven+eight+nine"
    assert len(api(patient).results(f"conversations/?q={search}")) == 1


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("unread=yes", {"unread": ["invalid_choice"]}),
        ("unread=", {"unread": ["invalid_choice"]}),
        ("show=waiting", {"show": ["invalid_choice"]}),
        ("show=", {"show": ["invalid_choice"]}),
        ("q=%00", {"q": ["invalid_characters"]}),
        ("q=" + "x" * 201, {"q": ["max_length"]}),
    ],
)
def test_invalid_filters_are_refused(api, patient, query, codes):
    assert field_codes(api(patient).get(f"conversations/?{query}")) == codes


def test_starting_answers_with_the_conversation(api, patient, doctor):
    response = api(patient).post("conversations/", {"recipient": str(doctor.pk), "body": "Hello\r\n😀"})
    assert response.status_code == 201
    data = response.json()
    assert data == api(patient).get(f"conversations/{data['id']}/").json()
    assert (data["unread_count"], data["last_message"]["is_mine"], data["can_reply"]) == (0, True, True)
    assert Message.objects.get().body == "Hello\n😀"


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ({}, {"recipient": ["required"], "body": ["required"]}),
        ({"recipient": None, "body": None}, {"recipient": ["required"], "body": ["required"]}),
        ({"recipient": "doctor", "body": ""}, {"body": ["blank"]}),
        ({"recipient": "doctor", "body": " \n"}, {"body": ["blank"]}),
        ({"recipient": "doctor", "body": "x" * 5001}, {"body": ["max_length"]}),
        ({"recipient": "doctor", "body": "\0"}, {"body": ["invalid_characters"]}),
        ({"recipient": "doctor", "body": "\ud800"}, {"body": ["invalid_characters"]}),
        ({"recipient": "", "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        ({"recipient": "patient2", "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        ({"recipient": "patient", "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        ({"recipient": "nobody", "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        ({"recipient": "left", "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        ({"recipient": "999999", "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        ({"recipient": "9" * 30, "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        ({"recipient": "\0\ud800", "body": "Hi"}, {"recipient": ["recipient_not_allowed"]}),
        (
            {"recipient": "patient2", "body": ""},
            {"recipient": ["recipient_not_allowed"], "body": ["blank"]},
        ),
    ],
)
def test_an_invalid_start_is_refused(api, patient, patient2, doctor, nobody, data, codes):
    left = create_member(Role.DOCTOR, username="left", is_active=False)
    keys = {user.username: str(user.pk) for user in (patient, patient2, doctor, nobody, left)}
    if isinstance(data.get("recipient"), str):
        data = {**data, "recipient": keys.get(data["recipient"], data["recipient"])}
    before = rows()
    assert field_codes(api(patient).post("conversations/", data)) == codes
    assert rows() == before


def test_all_forbidden_recipients_get_the_same_answer(api, patient, patient2, nobody):
    answers = {
        api(patient).post("conversations/", {"recipient": key, "body": "Hi"}).content
        for key in (str(patient2.pk), str(nobody.pk), str(patient.pk), "999999", "x")
    }
    assert len(answers) == 1


def test_a_clinic_may_forbid_patients_to_start(api, patient, doctor):
    switch_messages(patients_may_start=False)
    response = api(patient).post("conversations/", {"recipient": str(doctor.pk), "body": "Hi"})
    assert refusal(response) == (403, "sending_not_allowed")
    assert response.json()["reason"] == "starting_disabled"
    assert "555-0100" in response.json()["detail"]
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(
    ("change", "viewer", "reason"),
    [
        ("doctor leaves", "patient", "other_left"),
        ("doctor deleted", "patient", "other_left"),
        ("doctor inactive", "patient", "other_left"),
        ("doctor becomes admin", "doctor", "role_changed"),
        ("doctors closed", "patient", "role_not_addressable"),
    ],
)
def test_somebody_who_cannot_reply_is_told_why_and_whom_to_call(
    api, conversation, patient, doctor, change, viewer, reason
):
    if change == "doctor leaves":
        change_roles(doctor)
    elif change == "doctor deleted":
        doctor.delete()
    elif change == "doctor inactive":
        doctor.is_active = False
        doctor.save()
    elif change == "doctor becomes admin":
        change_roles(doctor, Role.ADMIN)
    else:
        switch_messages(patients_may_write_to_doctors=False)
    caller = api({"patient": patient, "doctor": doctor}[viewer])
    data = caller.get(f"conversations/{conversation.pk}/").json()
    assert data["can_reply"] is False
    assert set(data["cannot_reply"]) == {"reason", "detail"}
    assert data["cannot_reply"]["reason"] == reason
    assert "555-0100" in data["cannot_reply"]["detail"]
    response = caller.post(f"conversations/{conversation.pk}/messages/", {"body": "Hi"})
    assert refusal(response) == (403, "sending_not_allowed")
    assert response.json()["reason"] == reason
    assert response.json()["detail"] == data["cannot_reply"]["detail"]
    assert Message.objects.count() == 1


def test_a_deleted_account_is_shown_by_its_snapshot_name(api, conversation, patient, doctor):
    doctor.delete()
    [data] = api(patient).results("conversations/")
    [gone] = [each for each in data["participants"] if not each["is_me"]]
    shown = {"id": None, "name": "Amara Okafor", "role": "doctor", "description": "", "is_me": False}
    assert gone == {**shown, "away": None}
    patient.delete()
    assert Message.objects.get().sender_name == "Maya Ferreira"


def test_a_url_in_capitals_is_the_same_conversation(api, conversation, patient):
    assert api(patient).get(f"conversations/{str(conversation.pk).upper()}/").status_code == 200
    assert refusal(api(patient).get(f"conversations/{conversation.pk.hex}/")) == (404, "not_found")
    assert refusal(api(patient).get(f"conversations/{{{uuid.uuid4()}}}/")) == (404, "not_found")


class Key(int):
    def __str__(self) -> str:
        return f"key-{int(self)}"


def test_user_keys_may_have_another_form_in_the_database(api, patient, doctor, conversation, monkeypatch):
    convert = lambda field, value, expression, connection: None if value is None else Key(value)  # noqa: E731
    monkeypatch.setattr(AutoField, "from_db_value", convert, raising=False)
    (listed,) = api(patient).get("conversations/").json()["results"]
    assert {each["id"] for each in listed["participants"]} == {f"key-{each.pk}" for each in (patient, doctor)}
    assert [each["is_me"] for each in listed["participants"] if each["name"] == "Maya Ferreira"] == [True]
    assert listed["last_message"]["is_mine"] is True
