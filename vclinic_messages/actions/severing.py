"""Sever mailboxes from deleted accounts.

A user's key can come back: a portal may create an account again with its old key. Without severing, that
account would inherit the conversations, both limits and the idempotency keys of the deleted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.models import Absence, AuditEvent, Draft, Mailbox, QuickReply, Reminder
from vclinic_messages.policies import counted_exports
from vclinic_messages.tenancy import (
    after_commit,
    clinic_schema,
    clinic_transaction,
    database,
    schema_context,
    verify_clinic,
)
from vclinic_messages.user_types import User, UserKey


def mailboxes_without_account() -> QuerySet[Mailbox]:
    """Return the mailboxes whose user no longer exists."""
    # The base manager: a portal's default manager may hide accounts that exist, such as archived ones.
    account = get_user_model()._base_manager.filter(pk=OuterRef("user"))
    return Mailbox.objects.filter(~Exists(account), user__isnull=False).order_by("pk")


@coded_database_errors()
def sever_mailboxes(*, actor: User | None = None) -> int:
    """Sever every mailbox whose user no longer exists. Returns their number.

    ``actor`` is None for a command. Permission is not checked here, nor how many there are: a restored user
    table can make all accounts look deleted. Raises Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        mailboxes = list(mailboxes_without_account().select_for_update(no_key=True, of=("self",)))
        for mailbox in mailboxes:
            _sever(mailbox, actor=actor)
        return len(mailboxes)


def sever_deleted_account(sender: object, instance: User, using: str, **kwargs: object) -> None:
    """Sever the mailbox of a user who is deleted. Receiver of ``post_delete`` of the user model."""
    schema = clinic_schema()
    if schema is None or using != database().alias:
        return
    with clinic_transaction():
        if not _sever_unlocked(instance.pk):
            # Somebody is sending to this person. Waiting for them here could end in a deadlock, because
            # Django deletes several accounts in another order than sends lock their mailboxes.
            after_commit(partial(_sever_later, schema, instance.pk))


def _sever_later(schema: str, key: UserKey) -> None:
    with schema_context(schema), clinic_transaction():
        for mailbox in Mailbox.objects.filter(user=key).select_for_update(no_key=True):
            _sever(mailbox, actor=None)


def _sever_unlocked(key: UserKey) -> bool:
    """Sever the user's mailbox without waiting. Returns False if somebody else has locked it.

    A clinic admin may have exported conversations without a mailbox of their own.
    """
    mailboxes = Mailbox.objects.filter(user=key)
    mailbox = mailboxes.select_for_update(no_key=True, skip_locked=True).first()
    if mailbox is not None:
        _sever(mailbox, actor=None)
    elif mailboxes.exists():
        return False
    elif counted_exports(key).exists():
        _record_severing(key, {}, actor=None)
    return True


def _sever(mailbox: Mailbox, *, actor: User | None) -> None:
    """Cut the only reference to the account, and delete what is only theirs. The mailbox is locked."""
    Draft.objects.filter(author=mailbox).delete()
    Reminder.objects.filter(mailbox=mailbox).delete()
    QuickReply.objects.filter(owner=mailbox).delete()
    Absence.objects.filter(mailbox=mailbox).delete()
    _record_severing(mailbox.user_id, {"mailbox": mailbox.pk, "name": mailbox.name}, actor=actor)
    mailbox.user = None
    mailbox.version += 1
    mailbox.save(update_fields=["user", "version"])


def _record_severing(key: UserKey, details: Mapping[str, object], *, actor: User | None) -> None:
    """Record it with the key: ``counted_exports`` asks whether an account with this key was severed."""
    record(
        AuditEvent.Action.SEVERED,
        actor=actor,
        actor_name=name_of(actor),
        details={**details, "account": str(key)},
    )
