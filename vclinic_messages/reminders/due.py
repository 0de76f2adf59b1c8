"""Which reminders are due, and who sends each: a lease, so that several processes never send the same one.

Nothing is written when a message is sent. A reminder is due if a message is unread for long enough, is newer
than the last reminder, and its reader has read something since that reminder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from vclinic_messages.models import MessagesSettings
from vclinic_messages.tenancy import clinic_transaction, run_in_clinic

#: How long a process has a reminder to itself. It renews this before it sends.
LEASE = timedelta(minutes=5)

#: How many reminders a process claims together.
BATCH = 50


@dataclass(frozen=True, slots=True)
class Claim:
    """A reminder that this process may send until ``until``, for the person of ``mailbox``."""

    reminder: int
    mailbox: int
    failures: int
    until: datetime


def is_quiet(settings: MessagesSettings, moment: datetime) -> bool:
    """Return whether no reminder is sent at this moment, in the clinic's time zone."""
    first, end = settings.quiet_from, settings.quiet_until
    hour = moment.astimezone(settings.zone).hour
    return first <= hour < end if first <= end else hour >= first or hour < end


def claim_due(settings: MessagesSettings, now: datetime) -> list[Claim]:
    """Claim up to ``BATCH`` due reminders that no other process has."""
    values = {
        "now": now,
        "old": now - timedelta(minutes=settings.reminder_minutes),
        "until": now + LEASE,
        "batch": BATCH,
    }
    with clinic_transaction():
        run_in_clinic(_ADD_MISSING.replace("{due}", _DUE), values)
        rows = run_in_clinic(_CLAIM.replace("{due}", _DUE), values)
    return [Claim(reminder, mailbox, failures, now + LEASE) for reminder, mailbox, failures in rows]


def renew(claim: Claim, now: datetime) -> Claim | None:
    """Extend the lease. Returns None if the reminder must not be sent any more.

    Another process has it, the person has switched reminders off, or the clinic has.
    """
    until = now + LEASE
    values = {"reminder": claim.reminder, "was": claim.until, "until": until}
    return (
        Claim(claim.reminder, claim.mailbox, claim.failures, until) if run_in_clinic(_RENEW, values) else None
    )


# The unread ones are few, and an index finds them. Everything else is asked for these only: who reads the
# mailbox, its person or the members of its team, and whether they have read anything since the last reminder.
_DUE = """
    SELECT DISTINCT reads.reader
    FROM vclinic_messages_participant unread
    CROSS JOIN LATERAL (
        SELECT own.id AS reader FROM vclinic_messages_mailbox own
        WHERE own.id = unread.mailbox_id AND own.user_id IS NOT NULL
        UNION ALL
        SELECT member.id
        FROM vclinic_messages_mailbox shared
        JOIN vclinic_messages_teammember membership ON membership.team_id = shared.team_id
        JOIN vclinic_messages_mailbox member ON member.id = membership.mailbox_id
        WHERE shared.id = unread.mailbox_id AND member.user_id IS NOT NULL
    ) reads
    LEFT JOIN vclinic_messages_reminder earlier ON earlier.mailbox_id = reads.reader
    WHERE unread.unread_count > 0
        AND coalesce(earlier.by_email, true)
        AND coalesce(earlier.claimed_until <= %(now)s, true)
        AND coalesce(earlier.not_before <= %(now)s, true)
        AND EXISTS (
            SELECT FROM vclinic_messages_message message
            WHERE message.conversation_id = unread.conversation_id
                AND message.id > greatest(unread.last_read_message_id, earlier.up_to, 0)
                AND message.mailbox_id <> unread.mailbox_id
                AND message.sent_at <= %(old)s
        )
        AND (earlier.sent_at IS NULL OR EXISTS (
            SELECT FROM vclinic_messages_participant seen
            WHERE seen.last_read_at > earlier.sent_at AND seen.mailbox_id = ANY(reads.reader || ARRAY(
                SELECT shared.id FROM vclinic_messages_teammember membership
                JOIN vclinic_messages_mailbox shared ON shared.team_id = membership.team_id
                WHERE membership.mailbox_id = reads.reader
            ))
        ))
"""
_ADD_MISSING = """
    INSERT INTO vclinic_messages_reminder (mailbox_id, by_email, up_to, failures)
    SELECT due.reader, true, 0, 0 FROM ({due}) due
    WHERE {in_clinic} AND NOT EXISTS (
        SELECT FROM vclinic_messages_reminder known WHERE known.mailbox_id = due.reader
    )
    ORDER BY due.reader
    ON CONFLICT DO NOTHING
"""
_CLAIM = """
    WITH free AS MATERIALIZED (
        SELECT id FROM vclinic_messages_reminder
        WHERE mailbox_id IN ({due})
            AND by_email
            AND coalesce(claimed_until <= %(now)s, true)
            AND coalesce(not_before <= %(now)s, true)
            AND {in_clinic}
        ORDER BY id LIMIT %(batch)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE vclinic_messages_reminder reminder SET claimed_until = %(until)s
    FROM free WHERE free.id = reminder.id
    RETURNING reminder.id, reminder.mailbox_id, reminder.failures
"""
_RENEW = """
    UPDATE vclinic_messages_reminder reminder SET claimed_until = %(until)s
    FROM vclinic_messages_messagessettings settings
    WHERE reminder.id = %(reminder)s AND reminder.claimed_until = %(was)s AND reminder.by_email
        AND settings.enabled AND settings.reminders AND {in_clinic}
    RETURNING reminder.id
"""
