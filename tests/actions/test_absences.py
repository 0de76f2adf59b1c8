"""Setting and ending absences: who may, and what PostgreSQL refuses."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.roles import change_roles
from vclinic_messages.actions import change_settings, close_team, end_absence, set_absence
from vclinic_messages.errors import InvalidInput, MessagesDisabled, NotForThisRole
from vclinic_messages.models import Absence, AuditEvent, Mailbox, MessagesSettings, Role
from vclinic_messages.teams import recipient_id
from vclinic_messages.testing import create_member, create_team, switch_messages


def today(days=0):
    return timezone.localdate() + timedelta(days=days)


def test_everybody_sets_their_own_only(doctor, doctor2):
    set_absence(actor=doctor, who=doctor, first_day=today())
    for change in (
        lambda: set_absence(actor=doctor, who=doctor2, first_day=today()),
        lambda: end_absence(actor=doctor2, who=doctor),
    ):
        with pytest.raises(PermissionDenied):
            change()
    assert Absence.objects.get().set_by == "Amara Okafor"
    end_absence(actor=doctor, who=doctor)
    assert Absence.objects.get().period.is_over(today())


def test_a_planned_absence_is_cancelled(doctor):
    set_absence(actor=doctor, who=doctor, first_day=today(1))
    end_absence(actor=doctor, who=doctor)
    assert not Absence.objects.exists()


def test_patients_are_not_away(patient):
    with pytest.raises(NotForThisRole):
        set_absence(actor=patient, who=patient, first_day=today())
    with pytest.raises(InvalidInput) as refused:
        set_absence(actor=None, who=patient, first_day=today())
    assert set(refused.value.errors) == {"who"}


def test_whoever_is_no_longer_staff_sets_nothing(doctor):
    change_roles(doctor, Role.PATIENT)
    with pytest.raises(NotForThisRole):
        set_absence(actor=doctor, who=doctor, first_day=today())


def test_while_messages_is_off_only_clinic_admins_set_one(doctor):
    switch_messages(False)
    with pytest.raises(MessagesDisabled):
        set_absence(actor=doctor, who=doctor, first_day=today())
    set_absence(actor=None, who=doctor, first_day=today())


def test_a_person_without_a_mailbox_gets_one(clinic):
    doctor, cover = create_member(Role.DOCTOR), create_member(Role.ADMIN)
    absence = set_absence(actor=doctor, who=str(doctor.pk), first_day=today(), instead=str(cover.pk))
    assert (absence.mailbox.user_id, absence.instead.user_id) == (doctor.pk, cover.pk)


def test_a_closed_or_empty_team_is_no_cover(doctor, admin):
    closed, empty = create_team("Old desk", admin), create_team("Empty")
    close_team(team=closed)
    for team in (closed, empty):
        with pytest.raises(InvalidInput):
            set_absence(actor=doctor, who=doctor, first_day=today(), instead=team)
    assert not Absence.objects.exists()


def test_a_team_is_set_by_its_id(admin):
    team = create_team("Front desk", admin)
    set_absence(actor=None, who=recipient_id(team.pk), first_day=today(1), until=today(2))
    absence = Absence.objects.get()
    assert absence.mailbox == Mailbox.objects.get(team=team)
    assert absence.period.includes(today(1))
    assert not absence.period.includes(today(2))


def test_ending_what_is_not_there_records_nothing(doctor):
    end_absence(actor=doctor, who=doctor)
    assert not AuditEvent.objects.filter(action="absence_ended").exists()


def test_only_an_absence_of_today_changes_open_pages(doctor):
    def version():
        return MessagesSettings.objects.get().version

    before = version()
    set_absence(actor=doctor, who=doctor, first_day=today(1))
    end_absence(actor=doctor, who=doctor)
    assert version() == before
    set_absence(actor=doctor, who=doctor, first_day=today())
    set_absence(actor=doctor, who=doctor, first_day=today(1))
    assert version() == before + 2


@pytest.mark.parametrize("values", [{"until": today(-1)}, {"instead": "self"}], ids=["before", "self"])
def test_postgresql_refuses_what_cannot_be(doctor, values):
    absence = set_absence(actor=doctor, who=doctor, first_day=today())
    if "instead" in values:
        values = {"instead": absence.mailbox_id}
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.update(**values)
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(mailbox=absence.mailbox, first_day=today())


@pytest.mark.parametrize(
    "change",
    [
        {"time_zone": "Mars/Olympus"},
        {"opening_hours": [{"day": 9, "from": "08:00", "to": "12:00"}]},
        {"closed_days": [{"first": "soon", "last": "later"}]},
    ],
)
def test_settings_that_pages_could_not_read_are_refused(clinic, change):
    before = MessagesSettings.objects.get().version
    with pytest.raises(ValidationError):
        change_settings(**change)
    assert MessagesSettings.objects.get().version == before
