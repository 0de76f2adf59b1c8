"""Lists in DRF's cursor pages: 25 conversations, 50 messages, 50 recipients."""

import json
from base64 import b64encode
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from example_project.people.directory import PortalDirectory
from example_project.people.models import Profile
from tests.actions.snapshot import message_row
from tests.api.caller import field_codes, refusal
from vclinic_messages import actions, selectors
from vclinic_messages.api.pagination import KeysetPagination
from vclinic_messages.models import Message, Participant, Role
from vclinic_messages.testing import create_conversation, create_member, switch_messages


def pages(caller, path, link="next"):
    """Return the results of this page and of all pages that follow."""
    found = []
    while path:
        response = caller.get(path)
        assert response.status_code == 200, response.content
        data = response.json()
        assert set(data) == {"next", "previous", "results"}
        found.append(data["results"])
        path = data[link]
    return found


def ids(listed):
    return [each["id"] for page in listed for each in page]


@pytest.fixture
def people(clinic):
    return [create_member(Role.PATIENT, username=f"p{number:03}", last_name="Silva") for number in range(60)]


@pytest.fixture
def conversations(unlimited, doctor, people):
    """60 conversations of the doctor's, newest first."""
    return [str(create_conversation(patient, doctor).pk) for patient in people][::-1]


@pytest.fixture
def messages(unlimited, conversation, doctor):
    """120 messages of the conversation, newest first."""
    Message.objects.bulk_create(message_row(conversation, doctor, f"{number}") for number in range(119))
    return list(Message.objects.order_by("-pk").values_list("pk", flat=True))


def test_conversations_come_in_pages_of_25(api, conversations, doctor):
    found = pages(api(doctor), "conversations/")
    assert [len(page) for page in found] == [25, 25, 10]
    assert ids(found) == conversations
    for size in ("page_size=1", "limit=1", "size=1000"):
        assert len(api(doctor).results(f"conversations/?{size}")) == 25


def test_people_with_empty_sort_fields_are_listed_once(api, people, doctor, monkeypatch):
    monkeypatch.setattr(PortalDirectory, "name_fields", ("profile__description",))
    monkeypatch.setattr(KeysetPagination, "page_size", 7)
    Profile.objects.bulk_create(Profile(user=each, description=each.username) for each in people[::3])
    found = pages(api(doctor), "recipients/")
    in_order = [str(each.pk) for each in (*people[::3], *(each for each in people if people.index(each) % 3))]
    assert ids(found) == in_order
    last = api(doctor).get("recipients/").json()["next"]
    while (data := api(doctor).get(last).json())["next"]:
        last = data["next"]
    back = pages(api(doctor), last, link="previous")
    assert ids(back[::-1]) == in_order


def test_links_are_absolute_and_keep_the_filters(api, conversations, doctor):
    data = api(doctor).get("conversations/?q=silva&unread=true").json()
    assert data["previous"] is None
    link = urlsplit(data["next"])
    assert (link.scheme, link.netloc, link.path) == (
        "http",
        "alder.localhost",
        "/messages/api/v1/conversations/",
    )
    assert set(parse_qs(link.query)) == {"cursor", "q", "unread"}
    assert ids(pages(api(doctor), "conversations/?q=silva&unread=true")) == conversations


def test_what_waits_comes_in_pages_longest_first(api, conversations, doctor):
    """Also where many wait since the same moment."""
    waiting = Participant.objects.filter(mailbox__user=doctor)
    moment = waiting.latest("waiting_since").waiting_since
    waiting.filter(conversation__in=conversations[:40]).update(waiting_since=moment)
    caller = api(doctor)
    caller.post(f"conversations/{conversations[-1]}/no-answer-needed/")
    in_order = [*conversations[40:-1][::-1], *sorted(conversations[:40])]
    found = pages(caller, "conversations/?show=waiting")
    assert [len(page) for page in found] == [25, 25, 9]
    assert ids(found) == in_order
    last = caller.get(caller.get("conversations/?show=waiting").json()["next"]).json()["next"]
    back = pages(caller, caller.get(last).json()["previous"], link="previous")
    assert ids(back[::-1]) == in_order[:50]


@pytest.mark.parametrize("values", ['["1"]', '["x", "y"]', '["2026-01-01", "7"]', "[null, null]", "[]"])
def test_a_strange_cursor_of_what_waits_is_refused(api, conversation, doctor, values):
    response = api(doctor).get("conversations/?show=waiting&cursor=" + cursor("p=" + quote(values)))
    assert refusal(response) == (400, "invalid_cursor")


def test_previous_leads_back(api, conversations, doctor):
    caller = api(doctor)
    first = caller.get("conversations/").json()
    second = caller.get(first["next"]).json()
    third = caller.get(second["next"]).json()
    assert third["next"] is None
    assert caller.get(third["previous"]).json()["results"] == second["results"]
    back = caller.get(caller.get(third["previous"]).json()["previous"]).json()
    assert back["results"] == first["results"]
    assert back["previous"] is None


def test_new_messages_between_two_pages_neither_repeat_nor_hide_rows(api, conversations, doctor, people):
    caller = api(doctor)
    first = caller.get("conversations/").json()
    actions.send_message(
        conversation=Participant.objects.get(mailbox__user=people[0]).conversation, sender=people[0], body="!"
    )
    create_conversation(people[1], doctor)
    rest = pages(caller, first["next"])
    seen = ids([first["results"], *rest])
    assert len(seen) == len(set(seen))
    moved_to_the_top = conversations[-1]
    assert seen == [each for each in conversations if each != moved_to_the_top]


def test_previous_shows_what_arrived_meanwhile(api, conversations, doctor, people):
    caller = api(doctor)
    first = caller.get("conversations/").json()
    second = caller.get(first["next"]).json()
    new = str(create_conversation(people[1], doctor).pk)
    found = ids(pages(caller, second["previous"], "previous")[::-1])
    assert found == [new, *conversations[:25]]


def test_messages_come_in_pages_of_50_newest_first(api, address, messages, doctor):
    found = pages(api(doctor), f"{address}messages/")
    assert [len(page) for page in found] == [50, 50, 20]
    assert ids(found) == messages


def test_messages_that_arrive_meanwhile_do_not_shift_the_pages(api, address, conversation, messages, doctor):
    caller = api(doctor)
    first = caller.get(f"{address}messages/").json()
    for _ in range(3):
        actions.send_message(conversation=conversation, sender=doctor, body="New")
    assert ids([first["results"], *pages(caller, first["next"])]) == messages
    second = caller.get(first["next"]).json()
    assert caller.get(second["previous"]).json()["results"] == first["results"]


def test_newer_messages_come_in_pages_too_oldest_first(api, address, messages, doctor):
    after = messages[-10]
    found = pages(api(doctor), f"{address}messages/?after={after}")
    assert [len(page) for page in found] == [50, 50, 10]
    assert ids(found) == messages[:-10][::-1]
    second = api(doctor).get(api(doctor).get(f"{address}messages/?after={after}").json()["next"]).json()
    assert ids([api(doctor).results(second["previous"])]) == messages[:-10][::-1][:50]


@pytest.mark.parametrize(("index", "first", "last"), [(0, 0, 25), (60, 36, 85), (119, 95, 119)])
def test_the_page_around_a_message_leads_on_in_both_directions(
    api, address, messages, doctor, index, first, last
):
    caller = api(doctor)
    path = f"{address}messages/?around={messages[index]}"
    found = pages(caller, path)
    assert ids([found[0]]) == messages[first : last + 1]
    assert ids(found) == messages[first:]
    back = pages(caller, path, link="previous")
    assert ids(back[::-1]) == messages[: last + 1]


def test_a_message_of_another_conversation_has_no_page(api, address, messages, doctor, patient2):
    other = create_conversation(patient2, doctor)
    for message in (other.last_message_id, 2**62):
        response = api(doctor).get(f"{address}messages/?around={message}")
        assert field_codes(response) == {"around": ["invalid_choice"]}
    assert refusal(api(doctor).get(f"{address}messages/?around=x")) == (400, "invalid_cursor")


def test_recipients_of_one_name_come_in_pages_of_50(api, people, doctor):
    more = [create_member(Role.PATIENT, username=f"q{number:03}", last_name="Silva") for number in range(60)]
    caller = api(doctor)
    found = pages(caller, "recipients/?filter=patients")
    assert [len(page) for page in found] == [50, 50, 20]
    assert ids(found) == [str(person.pk) for person in [*people, *more]]
    second = caller.get(caller.get("recipients/?filter=patients").json()["next"]).json()
    third = caller.get(second["next"]).json()
    assert pages(caller, third["previous"], "previous") == [found[1], found[0]]
    assert caller.get(third["previous"]).json()["next"]


def test_a_thousand_recipients_without_a_name_are_all_listed_once(api, clinic, doctor):
    people = User.objects.bulk_create(User(username=f"n{number:04}") for number in range(1200))
    Group.objects.get_or_create(name="Patients")[0].user_set.add(*people)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE auth_user, auth_user_groups")  # else it is planned as for empty tables
    found = ids(pages(api(doctor), "recipients/?filter=patients"))
    assert found == [str(person.pk) for person in people]


def test_recipients_of_many_names_come_in_pages_of_50(api, clinic, doctor):
    names = ["", "a", "Ávila", "Zé", "de Sá", "O'Neil", "%", "+", "李", "a b", "&p=1"]
    for number in range(110):
        create_member(Role.PATIENT, last_name=names[number % len(names)], first_name=f"{number:03}")
    found = pages(api(doctor), "recipients/?filter=patients")
    assert [len(page) for page in found] == [50, 50, 10]
    assert len(set(ids(found))) == 110
    assert ids(pages(api(doctor), api(doctor).get("recipients/?filter=patients").json()["next"])) == ids(
        found[1:]
    )


def cursor(query):
    return quote(b64encode(query.encode()).decode())


NO_CURSORS = [
    "x",
    "not-a-cursor",
    "%00",
    "%C3%A9",
    "YWJj",
    cursor("nonsense"),
    cursor("o=-1"),
    cursor("o=x&p=1"),
]
NO_NUMBERS = ["\0", "abc", "-1", "1.5", "", " 1", "1_0", "9" * 19, "9" * 5000, "١"]


@pytest.mark.parametrize("text", NO_CURSORS)
@pytest.mark.parametrize("path", ["conversations/", "recipients/", "{}messages/", "{}messages/?after=0"])
def test_malformed_cursors_are_refused(api, address, doctor, path, text):
    path = path.format(address)
    response = api(doctor).get(f"{path}{'&' if '?' in path else '?'}cursor={text}")
    assert refusal(response) == (400, "invalid_cursor")


@pytest.mark.parametrize("path", ["conversations/", "{}messages/", "{}messages/?after=0"])
def test_cursors_without_a_number_are_refused(api, address, doctor, path):
    path = path.format(address)

    def answer(text):
        position = cursor(f"p={quote(json.dumps([text]))}")
        return api(doctor).get(f"{path}{'&' if '?' in path else '?'}cursor={position}")

    assert {text: refusal(answer(text)) for text in NO_NUMBERS} == dict.fromkeys(
        NO_NUMBERS, (400, "invalid_cursor")
    )
    assert answer("1").status_code == 200


def test_a_cursor_of_the_recipients_is_refused_by_other_lists(api, address, people, doctor):
    link = api(doctor).get("recipients/?filter=patients").json()["next"]
    query = urlsplit(link).query
    for path in ("conversations/", f"{address}messages/"):
        assert refusal(api(doctor).get(f"{path}?{query}")) == (400, "invalid_cursor")


@pytest.mark.parametrize(
    "position",
    [
        "Silva",
        "{}",
        "[]",
        "[1, 2, 3, 4]",
        '["Silva", "", "p001"]',
        '["Silva", "", "p001", "abc"]',
        '["Sil\\u0000va", "", "p001", "1"]',
        '["\\ud800", "", "p001", "1"]',
        "[" * 5000,
    ],
)
def test_impossible_positions_among_the_recipients_are_refused(api, people, doctor, position):
    response = api(doctor).get(f"recipients/?cursor={cursor('p=' + quote(position))}")
    assert refusal(response) == (400, "invalid_cursor")


def test_a_position_between_two_people_is_accepted(api, people, doctor):
    position = quote('["Silva", "", "p000a", "99999999999999999999"]')
    found = api(doctor).results(f"recipients/?filter=patients&cursor={cursor('p=' + position)}")
    assert [each["id"] for each in found[:2]] == [str(people[1].pk), str(people[2].pk)]


def test_a_search_that_finds_very_many_lists_some_of_them_by_name(api, doctor, crowd):
    found = pages(api(doctor), "recipients/?q=brandt")
    assert ids(found) == [str(each.pk) for each in reversed(crowd[: selectors.MOST_FOUND])]
    second = api(doctor).get(api(doctor).get("recipients/?q=brandt").json()["next"]).json()
    assert pages(api(doctor), second["previous"], "previous") == found[:1]
    [last] = api(doctor).results(f"recipients/?q=otto%20{crowd[-1].last_name[-3:]}")
    assert last["id"] == str(crowd[-1].pk)


def test_people_closed_to_patients_do_not_fill_up_a_search(api, patient, crowd):
    doctors = Group.objects.get_or_create(name="Doctors")[0]
    for each in crowd:
        each.groups.set([doctors])
    last = create_member(Role.ADMIN, first_name="Anna", last_name="Brandt")
    switch_messages(patients_may_write_to_doctors=False)
    assert [each["id"] for each in api(patient).results("recipients/?q=brandt")] == [str(last.pk)]
    assert api(patient).results("recipients/?q=brandt&filter=doctors") == []


def test_without_a_search_everybody_is_listed(api, doctor, crowd):
    assert ids(pages(api(doctor), "recipients/")) == [str(each.pk) for each in reversed(crowd)]
