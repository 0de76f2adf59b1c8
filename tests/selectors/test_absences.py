"""What absences cost: nothing while nobody is away, and one statement of a page if somebody is."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from tests.api.caller import Caller
from tests.api.statements import statements
from tests.pages.visitor import Visitor
from vclinic_messages.actions import set_absence
from vclinic_messages.models import Absence, Mailbox
from vclinic_messages.testing import create_conversation, create_member, create_team


@pytest.fixture
def team(admin):
    return create_team("Front desk", admin)


def away(who, instead=None):
    return set_absence(actor=None, who=who, first_day=timezone.localdate(), instead=instead)


def own(request):
    request()
    return statements(request)["own"]


@pytest.mark.parametrize("count", [1, 12])
def test_a_list_costs_one_more_statement_if_somebody_is_away(patient, doctor, conversation, count):
    doctors = [create_member("doctor") for _number in range(count)]
    for each in doctors:
        create_conversation(patient, each)
    caller = Caller(patient)

    def listed():
        caller.get("conversations/")

    before = own(listed)
    for each in doctors:
        away(each)
    assert own(listed) == before + 1


def test_a_conversation_costs_one_more_and_one_for_a_teams_members(patient, doctor, conversation, team):
    visitor = Visitor(patient)

    def opened():
        visitor.get(f"/messages/{conversation.pk}/")

    before = own(opened)
    away(doctor)
    assert own(opened) == before + 1
    away(doctor, instead=team)
    assert own(opened) == before + 2


def test_a_call_that_shows_nobody_costs_the_same_whoever_is_away(patient, doctor, conversation):
    caller = Caller(patient)

    def asked():
        caller.get("feature/")

    before = own(asked)
    away(doctor)
    assert own(asked) == before


def test_a_long_chain_of_covers_is_followed_in_one_statement(patient, doctor, conversation):
    chain = [doctor, *(create_member("doctor") for _number in range(8))]
    for absent, cover in pairwise(chain):
        away(absent, instead=cover)
    [row] = Caller(patient).results("conversations/")
    [other] = [each for each in row["participants"] if not each["is_me"]]
    assert other["away"]["instead"]["id"] == str(chain[-1].pk)
    caller = Caller(patient)
    assert own(lambda: caller.get(f"conversations/{conversation.pk}/")) == 3


def test_a_deleted_account_takes_its_absence_along(doctor, doctor2, patient, conversation):
    away(doctor)
    away(doctor2, instead=doctor)
    doctor.delete()
    left = Absence.objects.get()
    assert left.mailbox == Mailbox.objects.get(user=doctor2.pk)
    found = {each["name"]: each["away"] for each in Caller(patient).results("recipients/")}
    assert found["Henrik Solberg"] == {"until": None, "instead": None}


def test_an_absence_begins_and_ends_with_the_day(patient, doctor, conversation):
    away(doctor)
    today = timezone.localdate()

    def is_away():
        [row] = Caller(patient).results("conversations/")
        return any(each["away"] for each in row["participants"])

    for first_day, until, expected in ((0, 1, True), (-1, 0, False), (1, 2, False), (-9, 1, True)):
        days = {"first_day": today + timedelta(days=first_day), "until": today + timedelta(days=until)}
        Absence.objects.update(**days)
        assert is_away() is expected, days
