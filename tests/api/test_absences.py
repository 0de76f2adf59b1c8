"""Absences and opening hours in the API."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from tests.api.caller import Caller, field_codes, refusal
from tests.roles import change_roles
from vclinic_messages.actions import set_absence
from vclinic_messages.models import Absence, AuditEvent, Role
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_team, switch_messages

PATH = "me/absence/"
NO_TEAM = f"team:{uuid.UUID(int=0)}"


def day(number):
    return timezone.localdate() + timedelta(days=number)


def iso(number):
    return day(number).isoformat()


def away(who, instead=None, until=5):
    return set_absence(actor=None, who=who, first_day=day(-1), until=until and day(until), instead=instead)


@pytest.fixture
def team(admin):
    return create_team("Front desk", admin, description="Appointments")


def test_staff_set_change_and_end_their_own(api, doctor, team):
    caller = api(doctor)
    assert refusal(caller.get(PATH)) == (404, "not_found")
    data = {"from": iso(0), "until": iso(4), "instead": recipient_id(team.pk)}
    assert caller.put(PATH, data).json() == data
    assert caller.get(PATH).json() == data
    open_ended = {"from": iso(2), "until": None, "instead": None}
    assert caller.put(PATH, {"from": iso(2)}).json() == open_ended
    assert Absence.objects.count() == 1
    assert caller.delete(PATH).status_code == 204
    assert caller.delete(PATH).status_code == 204
    assert refusal(caller.get(PATH)) == (404, "not_found")
    events = AuditEvent.objects.filter(action__startswith="absence").order_by("pk")
    assert [event.action for event in events] == ["absence_set", "absence_set", "absence_ended"]
    assert events[0].details == {
        "name": "Amara Okafor",
        "from": iso(0),
        "until": iso(4),
        "instead": "Front desk",
    }


def test_what_is_past_is_none(api, doctor):
    away(doctor)
    Absence.objects.update(until=day(0))
    assert refusal(api(doctor).get(PATH)) == (404, "not_found")


@pytest.mark.parametrize(
    ("data", "codes"),
    [
        ({}, {"from": ["required"]}),
        ({"from": "soon"}, {"from": ["invalid_type"]}),
        ({"from": 20261203}, {"from": ["invalid_type"]}),
        ({"from": "2026-12-03", "until": "2026-12-03"}, {"until": ["invalid_order"]}),
        ({"from": "2020-12-03", "until": "2020-12-05"}, {"until": ["in_the_past"]}),
        ({"from": "2026-12-03", "instead": 7}, {"instead": ["invalid_type"]}),
        ({"from": "2026-12-03", "instead": "no such"}, {"instead": ["recipient_not_allowed"]}),
        (
            {"from": "2026-12-03", "instead": f"team:{uuid.UUID(int=0)}"},
            {"instead": ["recipient_not_allowed"]},
        ),
    ],
)
def test_what_cannot_be_is_refused(api, doctor, data, codes):
    assert field_codes(api(doctor).put(PATH, data)) == codes
    assert not Absence.objects.exists()


def test_a_cover_is_somebody_else_of_the_staff(api, doctor, patient, nobody):
    for person in (doctor, patient, nobody):
        response = api(doctor).put(PATH, {"from": iso(0), "instead": str(person.pk)})
        assert field_codes(response) == {"instead": ["recipient_not_allowed"]}


def test_patients_and_strangers_have_none(api, patient, nobody):
    for call in (Caller(patient).get, Caller(patient).delete):
        assert refusal(call(PATH)) == (403, "permission_denied")
    assert refusal(Caller(patient).put(PATH, {"from": iso(0)})) == (403, "permission_denied")
    assert refusal(Caller(nobody).put(PATH, {"from": iso(0)})) == (403, "not_a_member")
    assert not Absence.objects.exists()


def test_a_clinic_that_is_off_refuses(api, doctor):
    switch_messages(False)
    assert refusal(api(doctor).get(PATH)) == (403, "messages_disabled")
    assert refusal(api(doctor).put(PATH, {"from": iso(0)})) == (403, "messages_disabled")
    assert not Absence.objects.exists()


# What others see


def test_recipients_say_who_is_away(api, patient, doctor, doctor2, team):
    away(doctor, instead=team)
    away(team, until=None)
    found = {each["name"]: each["away"] for each in api(patient).results("recipients/")}
    assert found["Henrik Solberg"] is None
    assert found["Front desk"] == {"until": None, "instead": None}
    assert found["Amara Okafor"] == {"until": iso(5), "instead": None}
    away(team, instead=doctor2)
    found = {each["name"]: each["away"] for each in api(patient).results("recipients/")}
    assert found["Amara Okafor"]["instead"] == {
        "id": str(doctor2.pk),
        "name": "Henrik Solberg",
        "role": "doctor",
        "description": "",
        "kind": "person",
    }


def test_a_conversation_says_it_in_the_list_and_alone(api, patient, doctor, team, conversation):
    away(doctor, instead=team)
    [row] = api(patient).results("conversations/")
    [other] = [each for each in row["participants"] if not each["is_me"]]
    assert (other["away"]["until"], other["away"]["instead"]["name"]) == (iso(5), "Front desk")
    assert other["away"]["instead"]["members"] == ["Ruth Adeyemi"]
    assert api(patient).get(f"conversations/{conversation.pk}/").json() == row
    sent = api(patient).post(f"conversations/{conversation.pk}/messages/", {"body": "Hello"})
    assert sent.status_code == 201
    started = api(patient).post("conversations/", {"recipient": str(doctor.pk), "body": "Hello"})
    assert started.status_code == 201


def test_only_whom_this_viewer_may_write_to_is_offered(api, patient, doctor, admin, doctor2, team):
    hidden = create_team("Inner office", admin, is_open_to_patients=False)
    conversation = create_conversation(patient, doctor, "Hello")
    with_staff = create_conversation(doctor2, doctor, "Hello")
    away(doctor, instead=hidden)

    def instead(person, found):
        data = api(person).get(f"conversations/{found.pk}/").json()
        [other] = [each for each in data["participants"] if not each["is_me"]]
        return other["away"]["instead"]

    assert instead(patient, conversation) is None
    assert instead(doctor2, with_staff)["name"] == "Inner office"
    switch_messages(patients_may_write_to_doctors=False)
    away(doctor, instead=doctor2)
    assert instead(patient, conversation) is None
    assert instead(doctor2, with_staff) is None  # not themselves
    switch_messages(patients_may_write_to_doctors=True, patients_may_start=False)
    assert instead(patient, conversation) is None


def test_a_cover_who_is_a_patient_now_is_offered_to_nobody(api, doctor, doctor2, admin):
    conversation = create_conversation(doctor2, doctor, "Hello")
    away(doctor, instead=admin)
    change_roles(admin, Role.PATIENT)
    data = api(doctor2).get(f"conversations/{conversation.pk}/").json()
    [other] = [each for each in data["participants"] if not each["is_me"]]
    assert other["away"] == {"until": iso(5), "instead": None}


def test_a_circle_offers_nobody(api, patient, doctor, doctor2, admin, conversation):
    away(doctor, instead=doctor2)
    away(doctor2, instead=admin)
    away(admin, instead=doctor2)
    data = api(patient).get(f"conversations/{conversation.pk}/").json()
    [other] = [each for each in data["participants"] if not each["is_me"]]
    assert other["away"] == {"until": iso(5), "instead": None}


def test_whoever_is_a_patient_now_is_not_away(api, doctor, patient, conversation):
    away(doctor)
    doctor.groups.clear()
    [row] = api(patient).results("conversations/")
    assert [each["away"] for each in row["participants"]] == [None, None]


def test_days_are_those_of_the_clinics_zone(api, patient, doctor, conversation):
    """At any moment, Kiritimati (UTC+14) is a day ahead of Niue (UTC-11) or at its end."""
    ahead, behind = "Pacific/Kiritimati", "Pacific/Niue"
    today = timezone.now().astimezone(ZoneInfo(ahead)).date()

    def is_away():
        data = api(patient).get(f"conversations/{conversation.pk}/").json()
        return any(each["away"] for each in data["participants"])

    away(doctor)
    Absence.objects.update(first_day=today, until=today + timedelta(days=1))
    switch_messages(time_zone=ahead)
    assert is_away()
    switch_messages(time_zone=behind)
    assert not is_away()


# Opening hours


def test_feature_says_whether_the_clinic_is_open(api, patient):
    zone = ZoneInfo("Europe/Lisbon")
    tomorrow = timezone.now().astimezone(zone).date() + timedelta(days=1)
    hours = [{"day": tomorrow.weekday(), "from": "08:00", "to": "12:00"}]
    switch_messages(opening_hours=hours, time_zone="Europe/Lisbon")
    found = api(patient).get("feature/").json()["open"]
    assert found["now"] is False
    opens = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 8, tzinfo=zone)
    assert datetime.fromisoformat(found["next"]) == opens
    always = [{"day": number, "from": "00:00", "to": "00:00"} for number in range(7)]
    switch_messages(opening_hours=always)
    assert api(patient).get("feature/").json()["open"] == {"now": True, "next": None}
