"""Bring what searches read up to date: the words of messages and the folded names.

Actions write both together with the text or name. They are out of date after a new version of the folding
(``search.folding.FOLD_VERSION``), or after somebody wrote to the tables without the actions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from django.db.models import Exists, OuterRef, QuerySet
from django.views.decorators.debug import sensitive_variables

from vclinic_messages.database_errors import coded_database_errors, redacted_database_errors
from vclinic_messages.models import Mailbox, Message, MessageWords, Participant, QuickReply
from vclinic_messages.search.folding import FOLD_VERSION, searchable_text
from vclinic_messages.tenancy import clinic_transaction, verify_clinic

#: The number of rows that are read together.
BATCH = 1_000

Named: TypeAlias = Mailbox | Participant


def unfolded_messages() -> QuerySet[Message]:
    """Return the messages of the clinic that a search does not find, or finds by an old version's words."""
    words = MessageWords.objects.filter(message=OuterRef("pk"), fold_version=FOLD_VERSION)
    return Message.objects.filter(~Exists(words))


def unfolded_names(model: type[Named]) -> Iterator[tuple[int, str]]:
    """Return the keys and names of the mailboxes or participants whose folded name is out of date."""
    last: int | None = 0
    while last is not None:
        named = model._default_manager.filter(pk__gt=last).order_by("pk")
        rows = list(named.values_list("pk", "name", "folded_name")[:BATCH])
        last = rows[-1][0] if rows else None
        yield from ((key, name) for key, name, folded in rows if folded != searchable_text(name))


@sensitive_variables()
@coded_database_errors()
@redacted_database_errors()
def refold() -> int:
    """Fold again what is out of date in the clinic. Returns the number of changed rows.

    It never locks more than one mailbox or participant, so that people can write meanwhile. An interrupted
    run can be repeated. Raises Unavailable or ClinicMismatch.
    """
    verify_clinic()
    names = (*_refold_names(Mailbox), *_refold_names(Participant))
    return sum((*_refold_messages(), *names, *_refold_quick_replies()))


@sensitive_variables()
def _refold_messages() -> Iterator[int]:
    last = 0
    while True:
        with clinic_transaction():
            rows = list(unfolded_messages().filter(pk__gt=last).order_by("pk")[:BATCH])
            MessageWords.objects.bulk_create(
                [
                    MessageWords(
                        message=row,
                        conversation_id=row.conversation_id,
                        folded=searchable_text(row.body),
                        fold_version=FOLD_VERSION,
                    )
                    for row in rows
                ],
                update_conflicts=True,
                unique_fields=["message"],
                update_fields=["folded", "fold_version"],
            )
        yield len(rows)
        if len(rows) < BATCH:
            return
        last = rows[-1].pk


def _refold_names(model: type[Named]) -> Iterator[int]:
    for key, name in unfolded_names(model):
        # One row at a time: whoever locks several must lock them in the order of all writers.
        with clinic_transaction():
            # With the name that was read: a send may have changed both in the meantime.
            row = model._default_manager.filter(pk=key, name=name)
            yield row.update(folded_name=searchable_text(name))


def unfolded_quick_replies() -> list[QuickReply]:
    """Return the quick replies whose searchable form is out of date. There are few, so all are read."""
    return [each for each in QuickReply.objects.all() if each.folded != searchable_text(each.searched)]


def _refold_quick_replies() -> Iterator[int]:
    for reply in unfolded_quick_replies():
        # With the text that was read: somebody may have changed it in the meantime.
        row = QuickReply.objects.filter(pk=reply.pk, title=reply.title, body=reply.body)
        yield row.update(folded=searchable_text(reply.searched))
