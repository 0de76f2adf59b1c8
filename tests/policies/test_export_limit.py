"""The limit of exports: how many conversations a person may print, download and export in an hour."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.options import set_options
from vclinic_messages import actions
from vclinic_messages.errors import Throttled
from vclinic_messages.models import AuditEvent
from vclinic_messages.policies import seconds_until_next_export
from vclinic_messages.testing import create_conversation
from vclinic_messages.viewer import load_viewer


@pytest.fixture(autouse=True)
def two_an_hour(settings):
    set_options(settings, EXPORTS_PER_HOUR=2)


def record(person, *minutes_ago, action="downloaded"):
    for minutes in minutes_ago:
        at = timezone.now() - timedelta(minutes=minutes)
        AuditEvent.objects.create(actor_id=person.pk, actor_name="A", action=action, at=at)


def test_the_wait_ends_when_the_oldest_counted_event_is_an_hour_old(doctor):
    record(doctor, 50, 10)
    assert seconds_until_next_export(doctor) in (599, 600)
    record(doctor, 5)
    assert seconds_until_next_export(doctor) in (2999, 3000)


@pytest.mark.parametrize("action", ["printed", "downloaded", "exported", "reported"])
def test_all_kinds_count_together(doctor, action):
    record(doctor, 10)
    assert seconds_until_next_export(doctor) is None
    record(doctor, 20, action=action)
    assert seconds_until_next_export(doctor) is not None


def test_what_is_older_or_somebody_elses_or_something_else_does_not_count(doctor, patient):
    record(doctor, 61, 120)
    record(doctor, 1, 1, 1, action="opened")
    record(patient, 1, 1)
    record(doctor, 1)
    assert seconds_until_next_export(doctor) is None


@pytest.mark.parametrize(("ahead", "waits"), [(1, True), (59, True), (61, False), (600, False)])
def test_a_clock_that_went_back_costs_at_most_an_hour(doctor, ahead, waits):
    record(doctor, -ahead, -ahead)
    wait = seconds_until_next_export(doctor)
    assert (wait is not None and wait <= 3600) if waits else wait is None


def test_a_refused_copy_is_not_recorded(conversation, doctor):
    viewer = load_viewer(doctor)
    actions.print_conversation(viewer=viewer, conversation=conversation.pk)
    actions.download_conversation(viewer=viewer, conversation=conversation.pk, format="json")
    for act in (
        lambda: actions.print_conversation(viewer=viewer, conversation=conversation.pk),
        lambda: actions.download_conversation(viewer=viewer, conversation=conversation.pk, format="json"),
    ):
        with pytest.raises(Throttled) as refusal:
            act()
        assert 0 < refusal.value.retry_after <= 3600
        assert "later" in str(refusal.value.detail)
    assert AuditEvent.objects.filter(action__in=["printed", "downloaded"]).count() == 2


@pytest.mark.parametrize("has_mailbox", [True, False])
def test_an_account_that_is_made_again_with_an_old_key_does_not_inherit_it(patient, doctor, has_mailbox):
    if has_mailbox:
        create_conversation(patient, doctor)
    record(doctor, 20, 10, action="exported")
    record(patient, 20, 10)
    assert seconds_until_next_export(doctor) is not None
    key = doctor.pk
    doctor.delete()
    again = type(doctor).objects.create_user("again", pk=key)
    assert seconds_until_next_export(again) is None
    assert seconds_until_next_export(patient) is not None
    record(again, 0, 0)
    assert seconds_until_next_export(again) is not None


def test_deleting_somebody_who_never_used_messages_is_not_recorded(doctor):
    before = AuditEvent.objects.count()
    doctor.delete()
    assert AuditEvent.objects.count() == before
