"""Severing mailboxes from deleted accounts.

A user's key can come back: a portal may create an account again with its old key. Without severing, that
account would inherit the conversations, the sending limit and the idempotency keys of the deleted one.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, QuerySet

from vclinic_messages.actions.auditing import name_of, record
from vclinic_messages.database_errors import coded_database_errors
from vclinic_messages.models import AuditEvent, Draft, Mailbox
from vclinic_messages.tenancy import clinic_schema, clinic_transaction, verify_clinic
from vclinic_messages.user_types import User, UserKey


def mailboxes_without_account() -> QuerySet[Mailbox]:
    """Return the mailboxes whose user no longer exists."""
    account = get_user_model()._default_manager.filter(pk=OuterRef("user"))
    return Mailbox.objects.filter(~Exists(account), user__isnull=False).order_by("pk")


@coded_database_errors()
def sever_mailboxes(*, actor: User | None = None) -> int:
    """Sever every mailbox whose user no longer exists. Returns their number.

    ``actor`` is None for a command. Permission is not checked here, nor how many there are: a restored user
    table can make all accounts look deleted. Raises Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        verify_clinic()
        keys = list(mailboxes_without_account().values_list("user", flat=True))
        return sum(_sever(key, actor=actor) for key in keys)


def sever_deleted_account(sender: Any, instance: User, **kwargs: Any) -> None:
    """Sever the mailbox of a user who is deleted. Receiver of ``post_delete`` of the user model."""
    if clinic_schema() is not None:
        with clinic_transaction():
            _sever(instance.pk, actor=None)


def _sever(key: UserKey, *, actor: User | None) -> int:
    """Cut the only reference to the account and delete its drafts. Returns the number of mailboxes."""
    mailbox = Mailbox.objects.select_for_update(no_key=True).filter(user=key).first()
    if mailbox is None:
        return 0
    Draft.objects.filter(author=mailbox).delete()
    mailbox.user = None
    mailbox.version += 1
    mailbox.save(update_fields=["user", "version"])
    record(
        AuditEvent.Action.SEVERED,
        actor=actor,
        actor_name=name_of(actor),
        details={"mailbox": mailbox.pk, "name": mailbox.name},
    )
    return 1
