"""Absences in the Wagtail admin, and what reports say of people who are away and of opening hours."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import page, texts
from vclinic_messages.actions import change_settings, set_absence
from vclinic_messages.models import Absence, AuditEvent, Participant
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_conversation, create_member, create_team, switch_messages

LIST = "/cms/messages/absences/"
NEW = f"{LIST}new/"
ALWAYS = [{"day": number, "from": "00:00", "to": "00:00"} for number in range(7)]


def day(number):
    return timezone.localdate() + timedelta(days=number)


def away(who, instead=None, first_day=-1, until=5):
    return set_absence(actor=None, who=who, first_day=day(first_day), until=day(until), instead=instead)


@pytest.fixture
def team(admin):
    return create_team("Front desk", admin)


def text(response):
    return " ".join(page(response).select_one("main").get_text().split())


def test_somebody_who_is_ill_is_set_away(visit, clinic_admin, doctor, team):
    visitor = visit(clinic_admin)
    assert "Nobody is away" in text(visitor.get(LIST))
    data = {"who": str(doctor.pk), "first_day": day(0), "until": "", "instead": recipient_id(team.pk)}
    assert visitor.post(NEW, data).status_code == 302
    shown = text(visitor.get(LIST))
    assert "Amara Okafor" in shown
    assert "Front desk Noor Haddad Away now" in shown
    event = AuditEvent.objects.filter(action="absence_set").get()
    assert (event.actor_id, event.details["name"]) == (clinic_admin.pk, "Amara Okafor")
    assert "Amara Okafor" in text(visitor.get("/cms/messages/audit/"))


def test_a_team_can_be_away_and_a_circle_leads_to_the_phone(visit, clinic_admin, doctor, team):
    visitor = visit(clinic_admin)
    data = {"who": recipient_id(team.pk), "first_day": day(0), "until": day(2), "instead": str(doctor.pk)}
    visitor.post(NEW, data)
    away(doctor, instead=team)
    assert "The clinic’s phone" in text(visitor.get(LIST))


def test_a_planned_absence_leads_to_who_is_back_by_then(visit, clinic_admin, doctor, doctor2, team):
    away(doctor, instead=team, until=5)
    away(doctor2, instead=doctor, first_day=7, until=9)
    shown = text(visit(clinic_admin).get(LIST))
    assert "is away too" not in shown
    away(doctor, instead=team, until=8)
    assert "Amara Okafor is away too" in text(visit(clinic_admin).get(LIST))


def test_an_absence_is_changed_and_ended(visit, clinic_admin, doctor, doctor2):
    absence = away(doctor, first_day=2)
    address = f"{LIST}{absence.pk}/"
    visitor = visit(clinic_admin)
    assert "Planned" in text(visitor.get(LIST))
    data = {"first_day": day(1), "until": day(3), "instead": str(doctor2.pk)}
    assert visitor.post(address, data).status_code == 302
    absence.refresh_from_db()
    assert (absence.first_day, absence.instead.user_id) == (day(1), doctor2.pk)
    visitor.post(address, {"end": "1"})
    assert not Absence.objects.exists()
    assert visitor.get(address).status_code == 404


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"until": 0}, "The first day back must come after the first day away."),
        ({"first_day": -5, "until": -2}, "This absence is in the past."),
    ],
)
def test_days_that_cannot_be_are_refused(visit, clinic_admin, doctor, values, said):
    days = {name: day(number) for name, number in {"first_day": 1, "until": 2, **values}.items()}
    response = visit(clinic_admin).post(NEW, {"who": str(doctor.pk), "instead": "", **days})
    assert said in text(response)
    assert not Absence.objects.exists()


def test_a_patient_is_not_offered(visit, clinic_admin, doctor, patient):
    visitor = visit(clinic_admin)
    for data in ({"who": str(patient.pk)}, {"who": str(doctor.pk), "instead": str(patient.pk)}):
        assert visitor.post(NEW, {"first_day": day(0), **data}).status_code == 200
    assert not Absence.objects.exists()


def test_staff_are_found_by_name_and_stay_chosen(visit, clinic_admin, doctor, doctor2):
    for number in range(30):
        create_member("doctor", first_name="Aaron", last_name=f"Abel {number:02}")
    visitor = visit(clinic_admin)
    first = page(visitor.get(NEW)).select("#id_instead option")
    assert str(doctor2.pk) not in {each["value"] for each in first}
    data = {"who": str(doctor.pk), "first_day": day(1), "instead": "", "q": "Solberg", "find": "1"}
    found = page(visitor.post(NEW, data))
    assert str(doctor2.pk) in {each["value"] for each in found.select("#id_instead option")}
    assert found.select_one("#id_who option[selected]")["value"] == str(doctor.pk)
    assert found.select_one("#id_first_day")["value"] == day(1).isoformat()
    assert not Absence.objects.exists()
    del data["find"]
    assert visitor.post(NEW, {**data, "instead": str(doctor2.pk)}).status_code == 302
    assert Absence.objects.get().instead.user_id == doctor2.pk


def test_without_the_permission_nothing_is_set(visit, clinic_admin, doctor):
    absence = away(doctor)
    permission = Permission.objects.get(codename="change_absence")
    Group.objects.get(name=ADMINISTRATORS).permissions.remove(permission)
    visitor = visit(clinic_admin)
    for path in (LIST, NEW, f"{LIST}{absence.pk}/"):
        assert visitor.get(path).status_code == 302
        assert visitor.post(path, {"end": "1"}).status_code == 302
    assert Absence.objects.exists()
    assert "vclinic-messages-absences" not in visitor.get("/cms/").content.decode()


def test_the_menu_leads_there(visit, clinic_admin):
    assert LIST in visit(clinic_admin).get("/cms/").content.decode()


# Reports


def test_what_waits_for_absent_people_comes_first(
    visit, clinic_admin, patient, patient2, doctor, doctor2, team
):
    earlier = create_conversation(patient2, doctor2, "Hello")
    create_conversation(patient, doctor, "Hello")
    long_ago = timezone.now() - timedelta(days=3)
    Participant.objects.filter(conversation=earlier, waiting_since__isnull=False).update(
        waiting_since=long_ago
    )
    report = "/cms/messages/waiting/results/"
    patients = [each.split(" (")[0] for each in texts(visit(clinic_admin).get(report), "td:nth-child(3)")]
    assert patients == ["Joana Lopes", "Maya Ferreira"]
    away(doctor, instead=team)
    response = visit(clinic_admin).get(report)
    patients = [each.split(" (")[0] for each in texts(response, "td:nth-child(3)")]
    assert patients == ["Maya Ferreira", "Joana Lopes"]
    first = texts(response, "tbody tr:first-child")[0]
    assert "Away until" in first
    assert "Patients are led to Front desk" in first


def test_waiting_is_counted_in_opening_hours_too(visit, clinic_admin, conversation):
    waiting = Participant.objects.filter(waiting_since__isnull=False)
    waiting.update(waiting_since=timezone.now() - timedelta(days=2))
    report = "/cms/messages/waiting/"
    assert "In opening hours" not in text(visit(clinic_admin).get(report))
    change_settings(opening_hours=ALWAYS)
    assert "2 days 2 days" in text(visit(clinic_admin).get(report))
    closed = {"first": "2000-01-01", "last": "2999-01-01", "reason": ""}
    change_settings(closed_days=[closed])
    assert "2 days 0 minutes" in text(visit(clinic_admin).get(report))
    rows = visit(clinic_admin).get(f"{report}?export=csv").getvalue().decode()
    assert "Waiting time in opening hours (hours)" in rows


def test_the_activity_has_charts_that_say_the_same_as_the_table(visit, clinic_admin, patient, doctor):
    create_conversation(patient, doctor, "Hello", "Good morning")
    response = visit(clinic_admin).get("/cms/messages/activity/")
    charts = page(response).select("figure svg[role=img]")
    assert len(charts) == 2
    for chart in charts:
        assert len(chart.select("title")) == len(chart.select("desc")) == 1
        assert chart.select("script, style, [style]") == []
    assert "2 in the week of" in texts(response, "figcaption")[0]
    assert [each.get_text() for each in charts[0].select(".vcm-figure__value")] == [*["0"] * 11, "2"]
    assert [each.get_text() for each in charts[1].select(".vcm-figure__value")] == [*["–"] * 11, "0"]
    assert page(visit(clinic_admin).get("/cms/messages/activity/?by=person")).select("figure") == []
    year = visit(clinic_admin).get("/cms/messages/activity/results/?weeks=52")
    assert page(year).select(".vcm-figure__value") == []
    assert len(page(year).select("figure:first-child .vcm-figure__label")) <= 6


def test_the_activity_of_one_team(visit, clinic_admin, patient, doctor, admin, team):
    create_conversation(patient, doctor, "Hello", "Good morning")
    create_conversation(patient, team, "Hello")
    response = visit(clinic_admin).get(f"/cms/messages/activity/results/?team={team.pk}")
    assert "1 in the week of" in texts(response, "figcaption")[0]
    unknown = f"/cms/messages/activity/results/?team={uuid4()}"
    assert visit(clinic_admin).get(unknown).status_code == 200


def test_answers_are_counted_in_opening_hours_too(visit, clinic_admin, patient, doctor):
    create_conversation(patient, doctor, "Hello", "Good morning")
    assert "Median in opening hours" not in text(visit(clinic_admin).get("/cms/messages/activity/"))
    switch_messages(opening_hours=ALWAYS)
    assert "Median in opening hours" in text(visit(clinic_admin).get("/cms/messages/activity/"))
