"""Erasing what a law demands: the texts of conversations, a patient's name, or whole conversations.

Messages are append-only. Erasing is the one exception, and PostgreSQL allows it only to the owner of the
tables. A single message is never removed from within a conversation. Either a mark replaces all its texts,
and who wrote when stays; or the whole conversation is removed. Drafts and searchable words are erased with
the texts. The audit trail records who erased, why and how much.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from vclinic_messages.actions.auditing import record
from vclinic_messages.actions.drafts import empty_drafts
from vclinic_messages.actions.exporting import clean_reason
from vclinic_messages.actions.mailboxes import bump_versions, lock_mailboxes
from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.models import (
    AuditEvent,
    Conversation,
    Draft,
    Mailbox,
    Message,
    MessagesSettings,
    MessageWords,
    Participant,
    Role,
)
from vclinic_messages.search.folding import FOLD_VERSION, searchable_text
from vclinic_messages.tenancy import (
    clinic_cursor,
    clinic_transaction,
    roll_back,
    run_in_clinic,
    verify_clinic,
)

#: How many conversations one transaction erases when their retention time is over.
BATCH = 100

_OWNS_MESSAGES = """
SELECT pg_has_role(relowner, 'USAGE') FROM pg_class
WHERE oid = 'vclinic_messages_message'::regclass AND {in_schema}
"""


@dataclass(frozen=True, slots=True)
class Erased:
    """How many conversations were erased, and how many messages they had."""

    conversations: int = 0
    messages: int = 0

    def __add__(self, other: Erased) -> Erased:
        return Erased(self.conversations + other.conversations, self.messages + other.messages)


@coded_database_errors()
@redacted_database_errors()
def erase_conversation(*, conversation: UUID, reason: str, by: str, whole: bool = False) -> Erased:
    """Replace the texts of one conversation by a mark; with ``whole``, remove the conversation.

    ``by`` is the name of the person who decided it. Permission is not checked here, but only the owner of the
    tables may erase.

    Raises PermissionDenied for another role, ConversationNotFound, InvalidInput (``conversation``,
    ``on_hold``; ``reason``), Unavailable or ClinicMismatch.
    """
    with clinic_transaction():
        _check_owner()
        return _erase(Conversation.objects.filter(pk=conversation), reason=reason, by=by, whole=whole)


@coded_database_errors()
@redacted_database_errors()
def erase_patient(*, mailbox: int, reason: str, by: str, whole: bool = False) -> Erased:
    """Erase all conversations of a patient, and replace the patient's name by a mark wherever it is stored.

    Nothing is erased while a conversation in which the person has written or takes part is on hold, also as
    staff. If the account still exists, Messages stores its name again with the next message or read mark. So
    delete or rename the account first.

    Raises InvalidInput also where the person takes part in no conversation as a patient (``patient``,
    ``not_a_patient``). Otherwise as ``erase_conversation``, but never ConversationNotFound.
    """
    while (erased := _erase_patient(mailbox, reason=reason, by=by, whole=whole)) is None:
        pass
    return erased


def _erase_patient(mailbox: int, *, reason: str, by: str, whole: bool) -> Erased | None:
    """Erase it; None, and nothing is erased, if a conversation was started before the mailbox was locked.

    That conversation cannot be locked as well: whoever writes in it locks it before the mailbox.
    """
    with clinic_transaction():
        _check_owner()
        as_patient = Participant.objects.filter(mailbox=mailbox, role=Role.PATIENT)
        if not as_patient.exists():
            detail = _("This person is the patient of no conversation. Erase single conversations instead.")
            raise InvalidInput.on("patient", "not_a_patient", detail)
        _lock_unheld(_conversations_of(mailbox))
        found = Conversation.objects.filter(pk__in=as_patient.values("conversation"))
        erased = _erase(found, reason=reason, by=by, whole=whole)
        if as_patient.count() != (0 if whole else erased.conversations):
            roll_back()
            return None
        _erase_names(mailbox)
        return erased


def _conversations_of(mailbox: int) -> QuerySet[Conversation]:
    """Return all conversations that contain the person's name: also as staff, and as a member of a team."""
    taking_part = Participant.objects.filter(mailbox=mailbox).values("conversation")
    written = Message.objects.filter(sender=mailbox).values("conversation")
    return Conversation.objects.filter(pk__in=taking_part.union(written))


@coded_database_errors()
@redacted_database_errors()
def erase_expired() -> Erased:
    """Erase the conversations whose retention time is over, as the clinic's settings say.

    A conversation is kept while a patient waits for an answer in it, and while it is on hold. Each
    transaction erases a batch, so that people can write meanwhile.

    Raises PermissionDenied unless the role owns the tables, Unavailable or ClinicMismatch.
    """
    erased = Erased()
    while True:
        with clinic_transaction():
            _check_owner()
            settings = MessagesSettings.objects.first()
            if settings is None or not settings.retention_years:
                return erased
            whole = settings.retention_removes_all
            # Locked as they are found: somebody may be writing in one, or putting it on hold.
            found = _expired(settings.retention_years, whole=whole)
            expired = [row.pk for row in found.select_for_update(no_key=True, of=("self",))[:BATCH]]
            if not expired:
                return erased
            reason = gettext("The clinic keeps conversations for %(years)d years.")
            erased += _erase(
                Conversation.objects.filter(pk__in=expired),
                reason=reason % {"years": settings.retention_years},
                by="",
                whole=whole,
            )


def _check_owner() -> None:
    """Raise PermissionDenied unless the role owns the tables. Triggers check it too, where there are some."""
    verify_clinic()
    if run_in_clinic(_OWNS_MESSAGES) != [(True,)]:
        raise PermissionDenied


def _expired(years: int, *, whole: bool) -> QuerySet[Conversation]:
    """Return the conversations whose last message is older than so many years."""
    before = _years_ago(timezone.now(), years)
    waiting = Participant.objects.filter(waiting_since__isnull=False).values("conversation")
    found = Conversation.objects.filter(last_message__sent_at__lt=before, held_since=None)
    if not whole:
        found = found.filter(Q(erased_at=None) | Q(erased_at__lt=F("last_message__sent_at")))
    return found.exclude(pk__in=waiting).order_by("pk")


def _years_ago(now: datetime, years: int) -> datetime:
    """Return the same day of an earlier year; February 28 for February 29."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)


def _erase(conversations: QuerySet[Conversation], *, reason: str, by: str, whole: bool) -> Erased:
    """Erase under the locks of all writers, and record it once for each conversation."""
    reason = clean_reason(reason)
    rows = _lock_unheld(conversations)
    if not rows:
        raise ConversationNotFound
    ids = [row.pk for row in rows]
    concerned = Participant.objects.filter(conversation__in=ids)
    mailboxes = lock_mailboxes(concerned.values_list("mailbox", flat=True))
    bump_versions(mailboxes)
    with _erasing():
        if whole:
            _remove(ids)
        else:
            _replace_texts(ids)
    for row in rows:
        record(
            AuditEvent.Action.ERASED,
            actor=None,
            actor_name=by,
            conversation=row.pk,
            details={"reason": reason, "messages": row.message_count, "whole": whole},
        )
    return Erased(len(rows), sum(row.message_count for row in rows))


def _lock_unheld(conversations: QuerySet[Conversation]) -> list[Conversation]:
    """Lock these conversations and return them. Raises InvalidInput if one of them is on hold."""
    rows = list(conversations.order_by("pk").select_for_update(no_key=True, of=("self",)))
    if any(row.held_since for row in rows):
        detail = _("A conversation is on hold. Release it first.")
        raise InvalidInput.on("conversation", "on_hold", detail)
    return rows


def _replace_texts(conversations: Collection[UUID]) -> None:
    mark = erased_text()
    concerned = Q(conversation__in=conversations)
    Message.objects.filter(concerned).update(body=mark)
    MessageWords.objects.filter(concerned).update(folded=searchable_text(mark), fold_version=FOLD_VERSION)
    empty_drafts(Draft.objects.filter(concerned))
    Conversation.objects.filter(pk__in=conversations).update(erased_at=timezone.now())


def _remove(conversations: Collection[UUID]) -> None:
    concerned = Q(conversation__in=conversations)
    Draft.objects.filter(concerned).delete()
    Draft.objects.filter(origin__in=conversations).update(origin=None)
    MessageWords.objects.filter(concerned).delete()
    Participant.objects.filter(concerned).delete()
    Conversation.objects.filter(pk__in=conversations).update(last_message=None)
    Message.objects.filter(concerned).delete()
    Conversation.objects.filter(pk__in=conversations).delete()


def _erase_names(mailbox: int) -> None:
    """Replace the patient's name wherever it is stored, and empty the drafts by and to the patient."""
    mark = erased_name()
    names = {"name": mark, "folded_name": searchable_text(mark)}
    with _erasing():
        Message.objects.filter(sender=mailbox).update(sender_name=mark)
        for event in _severings(mailbox):
            event.details["name"] = mark
            event.save(update_fields=["details"])
        _events_of(mailbox).update(actor_name=mark)
    Participant.objects.filter(mailbox=mailbox).update(**names)
    Mailbox.objects.filter(pk=mailbox).update(**names)
    empty_drafts(Draft.objects.filter(Q(author=mailbox) | Q(recipient=mailbox)))


def _severings(mailbox: int) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(action=AuditEvent.Action.SEVERED, details__mailbox=mailbox)


def _events_of(mailbox: int) -> QuerySet[AuditEvent]:
    """Return what the owner of the mailbox did, not what others with that user key did."""
    severing = _severings(mailbox).first()
    if severing is not None:
        return AuditEvent.objects.filter(actor=severing.details["account"], pk__lt=severing.pk)
    user = Mailbox.objects.values_list("user", flat=True).get(pk=mailbox)
    events = AuditEvent.objects.filter(actor=user)
    earlier = AuditEvent.objects.filter(action=AuditEvent.Action.SEVERED, details__account=str(user)).last()
    return events if earlier is None else events.filter(pk__gt=earlier.pk)


def erased_text() -> str:
    """Return the mark that replaces a text, in the current language."""
    return gettext("[This text was erased.]")


def erased_name() -> str:
    """Return the mark that replaces a name, in the current language."""
    return pgettext("instead of a name", "[erased]")


@contextmanager
def _erasing() -> Iterator[None]:
    """Let the triggers accept changes of texts and names, and the removal of messages.

    The setting is switched off again right afterwards, so that it does not cover what the transaction does
    next.
    """
    with clinic_cursor() as cursor:
        cursor.execute("SET LOCAL vclinic_messages.erasing = 'on'")
        yield
        cursor.execute("SET LOCAL vclinic_messages.erasing = 'off'")
