"""Reminders: who gets one and when, that nobody gets two, and that none tells anything."""

from __future__ import annotations

import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone
from django_tenants.utils import get_tenant_model, schema_context, tenant_context

from tests.actions.threads import at_once
from vclinic_messages import actions, signals
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.errors import RemindersFailed
from vclinic_messages.models import Mailbox, Message, Reminder, Role
from vclinic_messages.reminders.addresses import addresses_for
from vclinic_messages.reminders.due import LEASE, claim_due, is_quiet
from vclinic_messages.testing import (
    create_conversation,
    create_member,
    create_team,
    switch_messages,
)
from vclinic_messages.viewer import load_viewer

BASE = "https://portal.example"
#: Noon in the time zone of the tests, on a day after all of their messages: never quiet.
DELAY = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def portal(settings: Any) -> None:
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "REMINDER_BASE_URL": BASE}


@pytest.fixture
def reminding(clinic: str) -> None:
    """The clinic has switched reminders on, at any hour."""
    switch_messages(reminders=True, quiet_from=0, quiet_until=0)


def send_by(settings: Any, backend: str) -> None:
    """Use this mail backend."""
    if hasattr(settings, "MAILERS"):  # since Django 6.1
        settings.MAILERS = {"default": {"BACKEND": backend}}
    else:
        settings.EMAIL_BACKEND = backend


def later(**span: int) -> datetime:
    return timezone.now() + (timedelta(**span) if span else DELAY)


def with_address(person: Any, address: str = "") -> Any:
    person.email = address or f"{person.username}@people.example"
    person.save()
    return person


def send(**span: int) -> int:
    return actions.send_due_reminders(now=later(**span))


def receivers() -> list[str]:
    return [each.to[0] for each in mail.outbox]


def read_all(conversation: Any, reader: Any) -> None:
    newest = Message.objects.filter(conversation=conversation).latest("pk").pk
    actions.mark_read(conversation=conversation, reader=reader, up_to=newest)


# When


def test_whoever_has_not_read_a_message_is_reminded_once(reminding, patient, doctor):
    with_address(patient)
    conversation = create_conversation(doctor, patient)
    assert send() == 1
    assert receivers() == ["patient@people.example"]
    actions.send_message(conversation=conversation, sender=doctor, body="More")
    assert send(days=3) == 0


def test_not_before_the_clinics_minutes_are_over(reminding, patient, doctor):
    create_conversation(doctor, with_address(patient))
    assert send(minutes=14) == 0
    assert send(minutes=15) == 1


def test_reading_in_the_portal_cancels_it(reminding, patient, doctor):
    conversation = create_conversation(doctor, with_address(patient))
    read_all(conversation, patient)
    assert send() == 0


def test_reading_between_claim_and_send_cancels_it(reminding, patient, doctor):
    conversation = create_conversation(doctor, with_address(patient))
    assert len(claim_due(clinic_settings(), later())) == 1
    read_all(conversation, patient)
    assert send(minutes=30) == 0
    assert mail.outbox == []


def test_after_reading_the_next_message_is_told_again(reminding, patient, doctor):
    conversation = create_conversation(doctor, with_address(patient))
    assert send() == 1
    # Read after the reminder, which the test has sent in the future.
    Reminder.objects.update(sent_at=timezone.now() - timedelta(minutes=1))
    read_all(conversation, patient)
    assert send(hours=1) == 0
    actions.send_message(conversation=conversation, sender=doctor, body="More")
    assert send(hours=1) == 1
    assert send(hours=2) == 0


def test_what_was_told_and_left_unread_is_not_told_again(reminding, patient, doctor, doctor2):
    left = create_conversation(doctor, with_address(patient))
    other = create_conversation(doctor2, patient)
    assert send() == 1
    Reminder.objects.update(sent_at=timezone.now() - timedelta(minutes=1))
    read_all(other, patient)
    assert send(hours=1) == 0
    assert left.pk != other.pk


def test_ones_own_message_reminds_nobody_of_it(reminding, patient, doctor):
    conversation = create_conversation(with_address(patient), doctor)
    read_all(conversation, doctor)
    assert send() == 0


# Who not


def test_off_until_the_clinic_switches_it_on(clinic, patient, doctor):
    create_conversation(doctor, with_address(patient))
    assert send() == 0
    assert mail.outbox == []


def test_none_while_messages_is_off(reminding, patient, doctor):
    create_conversation(doctor, with_address(patient))
    switch_messages(False)
    assert send() == 0


def test_none_when_the_clinic_switches_it_off_between_claim_and_send(reminding, patient, doctor):
    create_conversation(doctor, with_address(patient))
    assert claim_due(clinic_settings(), later())
    switch_messages(reminders=False)
    assert send(minutes=30) == 0


def test_none_for_a_person_who_refused(reminding, patient, doctor):
    create_conversation(doctor, with_address(patient))
    actions.choose_reminders(viewer=load_viewer(patient), by_email=False)
    assert send() == 0
    actions.choose_reminders(viewer=load_viewer(patient), by_email=True)
    assert send() == 1


def test_a_person_without_a_mailbox_can_refuse(reminding, patient, doctor):
    actions.choose_reminders(viewer=load_viewer(patient), by_email=False)
    create_conversation(doctor, with_address(patient))
    assert send() == 0


@pytest.mark.parametrize("leave", ["inactive", "no member", "deleted"])
def test_none_for_people_who_left(reminding, patient, doctor, leave):
    create_conversation(doctor, with_address(patient))
    if leave == "inactive":
        patient.is_active = False
        patient.save()
    elif leave == "no member":
        patient.groups.clear()
    else:
        patient.delete()
    assert send() == 0


def test_former_staff_hear_nothing_of_patients(reminding, patient, doctor):
    create_conversation(patient, with_address(doctor))
    doctor.groups.set([Group.objects.get(name="Patients")])
    assert send() == 0
    assert send(days=1) == 0
    assert mail.outbox == []


def test_a_run_ends_although_a_member_of_a_team_is_staff_no_more(reminding, patient, doctor, admin):
    team = create_team("Front desk", with_address(doctor), with_address(admin))
    create_conversation(patient, team)
    doctor.groups.set([Group.objects.get(name="Patients")])
    count = 0

    def limited(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        assert count < 200
        return execute(*arguments)

    with connection.execute_wrapper(limited):
        assert send() == 1
    assert receivers() == ["admin@people.example"]


def test_what_arrives_while_a_run_counts_is_told_by_a_later_one(reminding, patient, doctor):
    conversation = create_conversation(doctor, with_address(patient))
    has_begun = False

    def disturbed(execute: Any, sql: str, *arguments: Any) -> Any:
        nonlocal has_begun
        if has_begun or not sql.startswith("SELECT COUNT("):
            return execute(sql, *arguments)
        has_begun = True
        read_all(conversation, patient)
        counted = execute(sql, *arguments)
        actions.send_message(conversation=conversation, sender=doctor, body="More")
        return counted

    with connection.execute_wrapper(disturbed):
        assert send() == 0
    assert has_begun
    assert send(hours=2) == 1


def test_an_account_with_the_key_of_a_deleted_one_inherits_no_choice(reminding, patient, doctor):
    actions.choose_reminders(viewer=load_viewer(patient), by_email=False)
    patient.delete()
    assert Reminder.objects.count() == 0


# Night


@pytest.mark.parametrize(
    ("first", "end", "hour", "expected"),
    [
        (21, 7, 20, False),
        (21, 7, 21, True),
        (21, 7, 6, True),
        (21, 7, 7, False),
        (1, 5, 4, True),
        (3, 3, 3, False),
    ],
)
def test_quiet_hours(clinic, first, end, hour, expected):
    settings = switch_messages(quiet_from=first, quiet_until=end)
    moment = datetime(2026, 11, 28, hour, 30, tzinfo=timezone.get_default_timezone())
    assert is_quiet(settings, moment) is expected


def test_quiet_hours_are_those_of_the_clinics_zone_and_follow_daylight_saving(clinic):
    """In New York, 7:00 is 12:00 UTC in winter and 11:00 UTC in summer."""
    settings = switch_messages(quiet_from=21, quiet_until=7, time_zone="America/New_York")
    assert is_quiet(settings, datetime(2026, 11, 1, 11, 30, tzinfo=UTC))
    assert not is_quiet(settings, datetime(2026, 10, 31, 11, 30, tzinfo=UTC))


def test_a_reminder_of_the_night_is_sent_in_the_morning(reminding, patient, doctor):
    create_conversation(doctor, with_address(patient))
    switch_messages(quiet_from=21, quiet_until=7)
    zone = timezone.get_default_timezone()
    night = (timezone.localtime() + timedelta(days=1)).replace(hour=23, tzinfo=zone)
    assert actions.send_due_reminders(now=night) == 0
    morning = night + timedelta(hours=8, minutes=1)
    assert actions.send_due_reminders(now=morning) == 1


# Staff


def test_staff_get_a_digest_of_what_waits(reminding, patient, patient2, doctor):
    create_conversation(patient, with_address(doctor))
    create_conversation(patient2, doctor)
    assert send() == 1
    (digest,) = mail.outbox
    assert digest.subject == "You have a new message in the clinic portal"
    assert "2 conversations wait for you. The oldest has waited since today, " in digest.body


def test_a_digest_counts_what_waits_as_the_list_does(reminding, patient, patient2, doctor, doctor2):
    answered = create_conversation(patient, with_address(doctor))
    actions.no_answer_needed(conversation=answered, actor=doctor)
    create_conversation(doctor2, doctor)
    create_conversation(patient2, doctor)
    assert send() == 1
    (digest,) = mail.outbox
    assert "1 conversation waits for you. It has waited since today, " in digest.body
    html = str(digest.alternatives[0].content)
    assert "1 conversation waits for you." in html
    assert "It has waited since today, " in html


def test_a_digest_says_if_nothing_waits_for_an_answer(reminding, doctor, doctor2):
    create_conversation(doctor2, with_address(doctor))
    assert send() == 1
    (digest,) = mail.outbox
    assert "You have a new message. Sign in at " in digest.body
    assert "wait" not in digest.body


def test_staff_get_no_second_digest_within_four_hours(reminding, patient, doctor):
    conversation = create_conversation(patient, with_address(doctor))
    assert send() == 1
    Reminder.objects.update(sent_at=timezone.now() - timedelta(minutes=1))
    read_all(conversation, doctor)
    actions.send_message(conversation=conversation, sender=patient, body="More")
    assert send(hours=3) == 0
    assert send(hours=5) == 1


def test_every_member_of_a_team_gets_a_digest(reminding, patient, doctor, admin):
    team = create_team("Front desk", with_address(doctor), with_address(admin))
    create_conversation(patient, team)
    assert send() == 2
    assert sorted(receivers()) == ["admin@people.example", "doctor@people.example"]


def test_a_member_who_reads_cancels_it_for_the_team(reminding, patient, doctor, admin):
    team = create_team("Front desk", with_address(doctor), with_address(admin))
    read_all(create_conversation(patient, team), doctor)
    assert send() == 0


def test_whoever_left_the_team_gets_none(reminding, patient, doctor, admin):
    team = create_team("Front desk", with_address(doctor), with_address(admin))
    create_conversation(patient, team)
    actions.change_team(team=team, members=[admin])
    assert send() == 1
    assert receivers() == ["admin@people.example"]


# Sending


class Failing(BaseEmailBackend):
    """A mail server that does not answer. It quotes the address, as real ones do."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError(f"refused: {email_messages[0].to}")


FAILING = f"{__name__}.Failing"
WORKING = "django.core.mail.backends.locmem.EmailBackend"


def test_a_failing_mail_server_delays(reminding, patient, doctor, settings, caplog):
    create_conversation(doctor, with_address(patient))
    send_by(settings, FAILING)
    with pytest.raises(RemindersFailed) as failure:
        send()
    assert failure.value.problems == ["alder: 1 not sent, tried again later"]
    assert "people.example" not in caplog.text + str(failure.value)
    send_by(settings, WORKING)
    assert send(minutes=16) == 0
    assert send(minutes=18) == 1
    assert Reminder.objects.get().failures == 0


def test_the_wait_after_failures_doubles_up_to_six_hours(reminding, patient, doctor, settings):
    create_conversation(doctor, with_address(patient))
    send_by(settings, FAILING)
    waits = []
    now = later()
    for _ in range(10):
        with pytest.raises(RemindersFailed):
            actions.send_due_reminders(now=now)
        not_before = Reminder.objects.get().not_before
        waits.append((not_before - now).total_seconds() / 60)
        now = not_before
    assert waits[:3] == [2, 4, 8]
    assert waits[-1] == 360


def test_a_dead_mail_server_is_not_asked_for_everybody(reminding, doctor, settings):
    for number in range(6):
        create_conversation(doctor, with_address(create_member(Role.PATIENT, username=f"p{number}")))
    send_by(settings, FAILING)
    with pytest.raises(RemindersFailed, match="3 not sent"):
        send()
    assert Reminder.objects.filter(failures=1).count() == 3
    assert Reminder.objects.filter(claimed_until=None).count() == 6


def test_a_process_that_died_after_its_claim_delays_by_the_lease(reminding, patient, doctor):
    create_conversation(doctor, with_address(patient))
    now = later()
    assert len(claim_due(clinic_settings(), now)) == 1
    assert actions.send_due_reminders(now=now + LEASE - timedelta(seconds=1)) == 0
    assert actions.send_due_reminders(now=now + LEASE) == 1


def test_a_process_that_was_too_slow_does_not_send(reminding, patient, doctor, monkeypatch):
    """Its lease is over, and another one has the reminder."""
    from vclinic_messages.reminders.due import renew

    create_conversation(doctor, with_address(patient))
    now = later()
    (slow,) = claim_due(clinic_settings(), now)
    (other,) = claim_due(clinic_settings(), now + LEASE)
    assert renew(slow, now + LEASE) is None
    assert renew(other, now + LEASE) is not None


def test_two_schedulers_send_each_reminder_once(committed):
    with schema_context("alder"):
        switch_messages(reminders=True, quiet_from=0, quiet_until=0)
        doctor = create_member(Role.DOCTOR, username="doctor")
        for number in range(30):
            create_conversation(doctor, with_address(create_member(Role.PATIENT, username=f"p{number}")))
        now = later()
    sent = at_once(4, lambda number: actions.send_due_reminders(now=now))
    assert sum(sent) == 30
    assert len(set(receivers())) == len(receivers()) == 30


class OutsideTransactions(EmailBackend):
    def send_messages(self, messages: Any) -> int:
        assert not connection.in_atomic_block
        return super().send_messages(messages)


def test_mails_are_sent_outside_of_any_transaction(committed, settings):
    send_by(settings, f"{__name__}.OutsideTransactions")
    with schema_context("alder"):
        switch_messages(reminders=True, quiet_from=0, quiet_until=0)
        doctor = create_member(Role.DOCTOR, username="doctor")
        create_conversation(doctor, with_address(create_member(Role.PATIENT, username="patient")))
        assert send() == 1


def test_a_clinic_that_fails_does_not_keep_the_others_waiting(
    reminding, patient, doctor, other_clinic, caplog
):
    create_conversation(doctor, with_address(patient))
    with schema_context("birch"):
        switch_messages(reminders=True, quiet_from=0, quiet_until=0)
        there = create_member(Role.DOCTOR, username="there")
        create_conversation(there, with_address(create_member(Role.PATIENT, username="elsewhere")))

    def base(clinic: Any) -> str:
        if clinic.schema_name == "alder":
            raise LookupError("Ferreira")
        return BASE

    from django.conf import settings as portal

    portal.VCLINIC_MESSAGES["REMINDER_BASE_URL"] = base
    with schema_context("public"), pytest.raises(RemindersFailed) as failure:
        send()
    assert failure.value.problems == ["alder: LookupError"]
    assert failure.value.sent == 1
    assert receivers() == ["elsewhere@people.example"]
    assert "Ferreira" not in caplog.text


def test_without_an_address_of_the_portal_nothing_is_sent(reminding, patient, doctor, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "REMINDER_BASE_URL": ""}
    create_conversation(doctor, with_address(patient))
    with pytest.raises(RemindersFailed, match="REMINDER_BASE_URL"):
        send()
    assert Reminder.objects.count() == 0


def test_portals_hear_of_it_to_send_a_text_message(reminding, patient, doctor):
    """Also for a person without an e-mail address, and once."""
    heard = []

    def hear(sender: Any, **values: Any) -> None:
        heard.append((sender, values["mailbox"], values["user"], values["count"]))

    signals.reminder_due.connect(hear)
    create_conversation(doctor, patient)
    assert send() == 0, "nobody got a mail"
    assert send(days=1) == 0
    assert heard == [(Mailbox, Mailbox.objects.get(user=patient), patient, 1)]
    assert mail.outbox == []
    signals.reminder_due.disconnect(hear)


# What it says


SENTINELS = ("Zyxophil", "Quarkwoman", "Beige topic", "Body-of-the-message", "Amethyst desk")


@pytest.fixture
def telling(reminding, caplog):
    """A patient and a doctor of odd names, with texts and a team that would be found."""
    caplog.set_level(logging.DEBUG)
    fields = {"first_name": "Zyxophil", "last_name": "Quarkwoman"}
    patient = with_address(create_member(Role.PATIENT, username="p1", **fields))
    doctor = with_address(create_member(Role.DOCTOR, username="d1", **fields))
    team = create_team("Amethyst desk", doctor, description="Beige topic")
    create_conversation(doctor, patient, "Body-of-the-message")
    create_conversation(patient, doctor, "Body-of-the-message")
    create_conversation(patient, team, "Body-of-the-message")
    return patient


def test_no_mail_and_no_log_tells_a_name_a_topic_or_a_text(telling, caplog, settings):
    send_by(settings, FAILING)
    with pytest.raises(RemindersFailed):
        send()
    send_by(settings, WORKING)
    assert send(hours=1) == 2
    for each in mail.outbox:
        source = each.message().as_string() + each.body + str(each.alternatives)
        assert not [word for word in SENTINELS if word.casefold() in source.casefold()]
    assert not [word for word in (*SENTINELS, "people.example") if word in caplog.text]


def test_the_mail_says_where_to_read_it(reminding, patient, doctor, settings):
    create_conversation(doctor, with_address(patient))
    send()
    (told,) = mail.outbox
    assert told.subject == "You have a new message in your patient portal"
    assert "\n\nhttps://portal.example/messages/\n\n" in told.body
    assert "In an emergency call 911." in told.body
    assert told.extra_headers["Auto-Submitted"] == "auto-generated"
    assert told.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert told.extra_headers["List-Unsubscribe"].startswith(
        "<https://portal.example/messages/reminders/stop/"
    )
    sent = re.sub(r"\s*\n[ \t]+", " ", told.message().as_bytes().decode())  # Django 5.2 folds long headers
    assert f"List-Unsubscribe: {told.extra_headers['List-Unsubscribe']}\n" in sent
    ((html, kind),) = told.alternatives
    assert kind == "text/html"
    assert '<html lang="en-us">' in html
    assert "<img" not in html
    assert "/stop/" not in html + told.body


def test_the_addresses_are_those_of_the_clinics_type(clinic, settings):
    tenant = get_tenant_model().objects.get(schema_name=clinic)
    tenant.type = "clinic"
    settings.HAS_MULTI_TYPE_TENANTS, settings.MULTI_TYPE_DATABASE_FIELD = True, "type"
    settings.TENANT_TYPES = {
        "public": {"APPS": [], "URLCONF": "django.contrib.auth.urls"},
        "clinic": {"APPS": ["vclinic_messages"], "URLCONF": settings.ROOT_URLCONF},
    }
    settings.ROOT_URLCONF = "django.contrib.auth.urls"
    with tenant_context(tenant):
        found = addresses_for(1)
    assert found.inbox == f"{BASE}/messages/"
    assert found.stop.startswith(found.choice)


def test_a_clinic_may_keep_its_name_out_of_the_mail(reminding, patient, doctor):
    create_conversation(doctor, with_address(patient))
    with schema_context("public"):
        send()
    with schema_context("alder"):
        switch_messages(reminders_name_clinic=False)
        Reminder.objects.all().delete()
    with schema_context("public"):
        send()
    named, unnamed = ((each.from_email, each.body) for each in mail.outbox)
    assert named[0] == "Alder Clinic <no-reply@portal.example>"
    assert "at Alder Clinic." in named[1]
    assert unnamed[0] == "Clinic portal <no-reply@portal.example>"
    assert "Alder" not in unnamed[1]


def test_the_mail_is_in_the_persons_language(reminding, patient, doctor, settings):
    settings.VCLINIC_MESSAGES = {
        **settings.VCLINIC_MESSAGES,
        "DIRECTORY": f"{__name__}.ArabicDirectory",
    }
    create_conversation(doctor, with_address(patient))
    send()
    ((html, _kind),) = mail.outbox[0].alternatives
    assert '<html lang="ar" dir="rtl">' in html


from example_project.people.directory import PortalDirectory  # noqa: E402


class ArabicDirectory(PortalDirectory):
    def language(self, user: Any) -> str:
        return "ar"
