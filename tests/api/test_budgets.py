"""How many SQL statements each call costs, however much the tables contain."""

import pytest

from tests.actions.snapshot import mailbox, message_row
from tests.api.statements import statements
from tests.pages.visitor import Visitor
from vclinic_messages import actions
from vclinic_messages.models import Conversation, Message, Role
from vclinic_messages.testing import create_conversation, create_member, create_team, switch_messages

#: Statements that no signed-in request can avoid.
FLOOR = {"tenant": 1, "session": 1, "user": 1}


def own_and_directory(counted):
    assert {whose: counted[whose] for whose in FLOOR} == FLOOR
    return counted["own"], counted["directory"]


@pytest.fixture
def busy(unlimited, doctor, conversation):
    """Return a function that fills the doctor's mailbox and the clinic."""

    def grow():
        for _ in range(12):
            create_conversation(create_member(Role.PATIENT), doctor, *"12")
        Message.objects.bulk_create(message_row(conversation, doctor, "x") for _ in range(60))

    return grow


@pytest.mark.parametrize(
    ("path", "own", "directory"),
    [
        ("feature/", 2, 2),
        ("conversations/", 2, 2),
        ("conversations/?q=silva&unread=true", 3, 2),
        ("conversations/{id}/", 2, 2),
        ("conversations/{id}/messages/", 3, 2),
        ("conversations/{id}/messages/?after=0", 3, 2),
        ("recipients/", 2, 5),
        ("live/state/", 2, 1),
        ("live/state/?after={mailbox}-0", 2, 1),
    ],
)
def test_the_cost_of_a_list_does_not_depend_on_its_length(
    api, busy, conversation, doctor, path, own, directory
):
    path = path.format(id=conversation.pk, mailbox=mailbox(doctor).pk)
    caller = api(doctor)
    caller.get(path)
    few = statements(lambda: caller.get(path))
    busy()
    many = statements(lambda: caller.get(path))
    assert few == many
    spent = own_and_directory(many)
    assert spent[0] <= own
    assert spent[1] <= directory


def test_an_empty_inbox_is_within_the_budget(api, doctor):
    caller = api(doctor)
    own, directory = own_and_directory(statements(lambda: caller.get("conversations/")))
    assert own <= 3
    assert directory <= 1


def test_nothing_new_costs_two_statements(api, conversation, doctor):
    caller = api(doctor)
    known = caller.get("live/state/")
    path, tag = f"live/state/?after={known.json()['cursor']}", known.headers["ETag"]
    own, directory = own_and_directory(statements(lambda: caller.get(path)))
    assert own + directory <= 2
    own, directory = own_and_directory(statements(lambda: caller.get(path, If_None_Match=tag)))
    assert own + directory <= 2


def test_sending_costs_at_most_eight_statements(api, busy, address, patient, doctor):
    seen = Message.objects.get().pk
    caller = api(doctor)

    def send(key):
        data = {"body": "Hello", "seen": seen}
        response = caller.post(f"{address}messages/", data, Idempotency_Key=key)
        assert response.status_code == 201

    few = statements(lambda: send("one"))
    busy()
    many = statements(lambda: send("two"))
    assert few == many
    own, directory = own_and_directory(many)
    assert own <= 8
    assert directory <= 1


def test_sending_by_page_costs_at_most_eight_statements(busy, conversation, doctor):
    visitor = Visitor(doctor)

    def send(key):
        data = {"body": "Hello", "key": key, "seen": Message.objects.earliest("pk").pk}
        return lambda: visitor.post(f"/messages/{conversation.pk}/", data)

    few = statements(send("one"))
    busy()
    many = statements(send("two"))
    assert few == many
    own, directory = own_and_directory(many)
    assert own <= 8
    assert directory <= 1


def test_a_repeat_costs_less_than_a_send(api, address, doctor):
    caller = api(doctor)

    def send():
        assert caller.post(f"{address}messages/", {"body": "Hello"}, Idempotency_Key="one").status_code == 201

    first, again = statements(send), statements(send)
    assert again["own"] < first["own"]


def test_the_cost_of_reading_does_not_depend_on_the_number_of_messages(api, busy, address, doctor):
    caller = api(doctor)

    def read():
        newest = Message.objects.filter(conversation=address.split("/")[1]).latest("pk").pk
        return lambda: caller.post(f"{address}read/", {"message": newest})

    few = statements(read())
    busy()
    many = statements(read())
    assert few == many
    own, directory = own_and_directory(many)
    assert own <= 8
    assert directory <= 1


def test_an_anonymous_request_costs_one_statement_besides_the_clinics(api):
    assert statements(lambda: api().get("conversations/")) == {"tenant": 1, "own": 1}


def test_a_request_costs_one_statement_while_messages_is_off(api, doctor):
    caller = api(doctor)
    switch_messages(False)
    assert own_and_directory(statements(lambda: caller.get("conversations/"))) == (1, 0)


def test_unread_messages_older_than_the_newest_page_cost_no_more(unlimited, patient, doctor):
    conversation = create_conversation(patient, doctor)
    for number in range(60):
        actions.send_message(conversation=conversation, sender=doctor, body=f"No. {number}")
    visitor = Visitor(doctor)
    path = f"/messages/{conversation.pk}/"
    visitor.get(path)
    assert own_and_directory(statements(lambda: visitor.get(path)))[0] == 3


@pytest.mark.parametrize("count", [3, 60])
def test_the_page_of_a_conversation_costs_three_statements_and_one_more_when_it_is_first_opened(
    unlimited, patient, doctor, count
):
    """Also with more unread messages than a page shows."""
    conversation = create_conversation(patient, doctor)
    for number in range(count):
        actions.send_message(conversation=conversation, sender=patient, body=f"No. {number}")
    visitor = Visitor(doctor)
    spent = [
        own_and_directory(statements(lambda: visitor.get(f"/messages/{conversation.pk}/"))) for _ in range(2)
    ]
    assert [own for own, _directory in spent] == [4, 3]


@pytest.fixture
def member(admin, patient, doctor):
    """A member of five teams, each with a conversation."""
    for number in range(5):
        create_conversation(patient, create_team(f"Team {number}", admin, doctor), "Hello")
    return admin


def test_a_member_of_five_teams_costs_no_more_statements(api, member):
    caller = api(member)
    for path in ("conversations/", "conversations/?show=waiting"):
        assert own_and_directory(statements(lambda path=path: caller.get(path))) == (2, 2)


def test_a_whole_page_of_a_member_costs_what_a_persons_does(member):
    visitor = Visitor(member)
    assert own_and_directory(statements(lambda: visitor.get("/messages/")))[0] <= 2
    assert own_and_directory(statements(lambda: visitor.ask("/messages/", "vcm-list")))[0] <= 2


def test_the_page_of_a_teams_conversation_costs_what_a_persons_does(member):
    visitor = Visitor(member)
    path = f"/messages/{Conversation.objects.first().pk}/"
    spent = [own_and_directory(statements(lambda: visitor.get(path)))[0] for _ in range(2)]
    assert spent == [4, 3]


def test_the_menu_to_hand_over_is_read_when_it_is_opened_and_costs_four(member):
    visitor = Visitor(member)
    conversation = Conversation.objects.first()
    path = f"/messages/{conversation.pk}/assign/"
    assert own_and_directory(statements(lambda: visitor.ask(path, "vcm-menu")))[0] <= 4
