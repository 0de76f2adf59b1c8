"""Numbering mailboxes: under their locks, always by rising user key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F

from vclinic_messages.live.publish import publish_versions
from vclinic_messages.models import Mailbox


def open_mailboxes(users: Iterable[Any]) -> None:
    """Make sure that these users (primary keys) have a mailbox."""
    rows = [Mailbox(user_id=key) for key in sorted(users)]
    Mailbox.objects.bulk_create(rows, ignore_conflicts=True)


def lock_mailboxes(users: Iterable[Any]) -> dict[Any, Mailbox]:
    """Lock the mailboxes of these users (primary keys) until the transaction ends."""
    rows = Mailbox.objects.filter(user__in=list(users)).order_by("user").select_for_update(no_key=True)
    return {row.user_id: row for row in rows}


def bump_versions(mailboxes: dict[Any, Mailbox], *, messages: int) -> None:
    """Number a change in these locked mailboxes, and poke their owners' browsers at commit.

    ``messages`` is how many messages the change adds: they move ``seq``, every change moves ``version``.
    """
    rows = Mailbox.objects.filter(user__in=list(mailboxes))
    rows.update(seq=F("seq") + messages, version=F("version") + 1)
    publish_versions({key: row.version + 1 for key, row in mailboxes.items()})
