"""Reminding people outside the portal of what they have not read, and switching that off.

A reminder is claimed in a transaction and sent outside of any. A mail server that fails delays it; nothing is
lost, and it is sent twice only if the process dies between sending and noting it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone

from vclinic_messages import signals
from vclinic_messages.actions.mailboxes import open_mailboxes
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.directory import describe_by_key, get_directory
from vclinic_messages.errors import NotAMember, RemindersFailed
from vclinic_messages.models import Mailbox, MessagesSettings, Reminder, Role
from vclinic_messages.reminders.addresses import addresses_for, base_url
from vclinic_messages.reminders.due import Claim, claim_due, is_quiet, renew
from vclinic_messages.reminders.mails import reminder_mail
from vclinic_messages.reminders.waiting import Waiting, waiting_for
from vclinic_messages.tenancy import (
    clinic_context,
    clinic_schema,
    clinic_schemas,
    clinic_transaction,
    expected_schema,
    verify_clinic,
)
from vclinic_messages.user_types import User
from vclinic_messages.viewer import Viewer

logger = logging.getLogger("vclinic_messages.reminders")

#: Staff get at most one digest in this time.
DIGEST_EVERY = timedelta(hours=4)
#: When somebody who cannot be reminded, such as a former member, is looked at again.
LOOK_AGAIN = timedelta(hours=1)
#: The wait after a failure doubles from the first to the second of these.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=6)
#: After so many failures in a row the mail server is taken for down, and the clinic waits for the next run.
FAILURES_IN_A_ROW = 3


@dataclass
class _Run:
    """What came of a run in one clinic."""

    sent: int = 0
    failed: int = 0
    failed_in_a_row: int = 0
    problems: list[str] = field(default_factory=list)


def send_due_reminders(*, now: datetime | None = None) -> int:
    """Send every reminder that is due. Returns how many people got a mail.

    In a clinic's schema it works for this clinic, in the public schema for all of them. Call it outside of a
    transaction, as often as you like and in several processes at once. ``now`` is for tests.

    A clinic that fails does not keep the others waiting. Raises RemindersFailed after all of them, if a
    clinic has failed or a mail could not be sent.
    """
    if clinic_schema() is not None:
        runs = [(expected_schema(), _run_safely(now))]
    else:
        runs = [(schema, _run_in(schema, now)) for schema in clinic_schemas()]
    sent = sum(run.sent for _schema, run in runs)
    problems = [f"{schema}: {problem}" for schema, run in runs for problem in run.problems]
    if problems:
        raise RemindersFailed(problems, sent)
    return sent


@coded_database_errors()
def choose_reminders(*, viewer: Viewer, by_email: bool) -> None:
    """Switch the viewer's own reminders on or off. Raises NotAMember, Unavailable or ClinicMismatch."""
    with clinic_transaction():
        verify_clinic()
        if viewer.own_mailbox is None:
            open_mailboxes(describe_by_key([viewer.key]))
        mailbox = Mailbox.objects.filter(user=viewer.key).first()
        if mailbox is None:
            raise NotAMember
        _choose(mailbox, by_email)


@coded_database_errors()
def stop_reminders(*, mailbox: int) -> bool:
    """Switch off the reminders of a mailbox that a token named. Returns whether it has an account.

    Raises Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        found = Mailbox.objects.filter(pk=mailbox, user__isnull=False).first()
        if found is not None:
            _choose(found, False)
        return found is not None


def _choose(mailbox: Mailbox, by_email: bool) -> None:
    Reminder.objects.bulk_create(
        [Reminder(mailbox=mailbox, by_email=by_email)],
        ignore_conflicts=True,
    )
    Reminder.objects.filter(mailbox=mailbox).update(by_email=by_email)


def _run_in(schema: str, now: datetime | None) -> _Run:
    with clinic_context(schema):
        return _run_safely(now)


def _run_safely(now: datetime | None) -> _Run:
    """Run in the current clinic. Whatever fails there is logged by its kind only: it may quote an address."""
    run = _Run()
    try:
        _run(run, now)
    except Exception as error:
        logger.error("Reminders of clinic %s failed: %s", expected_schema(), type(error).__name__)
        run.problems.append(type(error).__name__)
    if run.failed:
        run.problems.append(f"{run.failed} not sent, tried again later")
    return run


def _run(run: _Run, now: datetime | None) -> None:
    settings = clinic_settings()
    if settings is None or not (settings.enabled and settings.reminders):
        return
    if is_quiet(settings, now or timezone.now()):
        return
    if not base_url():
        run.problems.append('VCLINIC_MESSAGES["REMINDER_BASE_URL"] is not set')
        return
    while claims := claim_due(settings, now or timezone.now()):
        for claim in claims:
            if run.failed_in_a_row >= FAILURES_IN_A_ROW:
                _note(claim, claimed_until=None)
            else:
                _remind(run, claim, settings, now)
        if run.failed_in_a_row >= FAILURES_IN_A_ROW:
            return


def _remind(run: _Run, claimed: Claim, settings: MessagesSettings, now: datetime | None) -> None:
    """Send one reminder, unless something has changed since it was claimed."""
    # What is read from now on is read after this reminder.
    asked_at = now or timezone.now()
    claim = renew(claimed, asked_at)
    if claim is None:
        return
    mailbox = Mailbox.objects.get(pk=claim.mailbox)
    user, role = _reader(mailbox)
    if user is None or role is None:
        _note(claim, claimed_until=None, not_before=asked_at + LOOK_AGAIN)
        return
    waiting = waiting_for(user, role)
    if not waiting.is_unread:
        # Read meanwhile; or it came to a member of staff who is none any more, perhaps in a team, whose
        # messages ``newest`` does not count then. Without the wait it would be due again at once.
        _note(claim, claimed_until=None, up_to=waiting.newest, not_before=asked_at + LOOK_AGAIN)
        return
    try:
        is_mailed = _mail(user, mailbox, role, waiting, settings)
    except Exception as error:
        run.failed += 1
        run.failed_in_a_row += 1
        logger.warning(
            "A reminder in clinic %s could not be sent: %s", expected_schema(), type(error).__name__
        )
        wait = min(FIRST_WAIT * 2 ** min(claim.failures, 20), LONGEST_WAIT)
        _note(claim, claimed_until=None, not_before=asked_at + wait, failures=claim.failures + 1)
        return
    run.failed_in_a_row = 0
    _note(
        claim,
        claimed_until=None,
        sent_at=asked_at,
        up_to=waiting.newest,
        not_before=asked_at + DIGEST_EVERY if role.is_staff else None,
        failures=0,
    )
    run.sent += is_mailed
    signals.reminder_due.send_robust(Mailbox, mailbox=mailbox, user=user, count=waiting.count)


def _reader(mailbox: Mailbox) -> tuple[User | None, Role | None]:
    """Return the account of a mailbox and its present role; None for a deleted account, or without a role."""
    if mailbox.user_id is None:
        return None, None
    user = get_user_model()._default_manager.filter(pk=mailbox.user_id).first()
    person = describe_by_key([mailbox.user_id]).get(mailbox.user_id)
    return user, person.role if person else None


def _mail(user: User, mailbox: Mailbox, role: Role, waiting: Waiting, settings: MessagesSettings) -> bool:
    """Send the mail. Returns False for somebody without an address, whom only the signal reaches."""
    directory = get_directory()
    to, addresses = directory.email(user), addresses_for(mailbox.pk)
    if not to or addresses is None:
        return False
    mail = reminder_mail(
        to=to,
        language=directory.language(user),
        is_staff=role.is_staff,
        waiting=waiting,
        settings=settings,
        addresses=addresses,
    )
    mail.send()
    return True


def _note(claim: Claim, **values: object) -> None:
    """Write what came of it, unless another process has the reminder now."""
    Reminder.objects.filter(pk=claim.reminder, claimed_until=claim.until).update(**values)
