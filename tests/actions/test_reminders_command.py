"""``manage.py messages_send_reminders``: what it prints, and when it fails."""

from __future__ import annotations

import os
import signal
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django_tenants.utils import schema_context

from tests.actions.test_reminders import BASE, FAILING, send_by, with_address
from vclinic_messages.testing import create_conversation, switch_messages

COMMAND = "messages_send_reminders"


@pytest.fixture
def due(clinic: str, patient: Any, doctor: Any, settings: Any) -> None:
    """A reminder is due at once."""
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "REMINDER_BASE_URL": BASE}
    switch_messages(reminders=True, quiet_from=0, quiet_until=0, reminder_minutes=0)
    create_conversation(doctor, with_address(patient))


def run(**options: Any) -> str:
    out = StringIO()
    with schema_context("public"):
        call_command(COMMAND, stdout=out, **options)
    return out.getvalue()


def test_it_says_how_many_were_reminded(due):
    assert run() == "1 reminded.\n"
    assert run() == ""
    assert "Alder Clinic" in mail.outbox[0].body


def test_one_clinic_can_be_chosen(due):
    assert run(schema="birch") == ""
    assert run(schema="alder") == "1 reminded.\n"
    with pytest.raises(CommandError, match="no clinic with the schema 'elm'"):
        run(schema="elm")


def test_it_fails_if_a_mail_was_not_sent(due, settings):
    send_by(settings, FAILING)
    with pytest.raises(CommandError, match="alder: 1 not sent, tried again later"):
        run()


@pytest.mark.parametrize("wrong", ["0", "-1", "x", "86401"])
def test_a_loop_needs_a_number_of_seconds(wrong):
    with pytest.raises(CommandError):
        call_command(COMMAND, "--loop", wrong)


def test_a_loop_ends_with_sigterm_and_survives_a_failure(due, settings):
    """The failure is written, and the next run may work. The backend asks the process to end."""
    send_by(settings, FAILING_AND_ENDING)
    err = StringIO()
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    try:
        run(loop=1, stderr=err)
    finally:
        signal.signal(signal.SIGTERM, before[0])
        signal.signal(signal.SIGINT, before[1])
    assert "alder: 1 not sent, tried again later" in err.getvalue()


class FailingAndEnding:
    """A mail server that is down, and somebody who stops the process meanwhile."""

    def __init__(self, *args: Any, **options: Any) -> None:
        pass

    def send_messages(self, messages: Any) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        raise ConnectionRefusedError


FAILING_AND_ENDING = f"{__name__}.FailingAndEnding"
