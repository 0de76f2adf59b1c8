"""Write a conversation as JSON in a format of our own: everything that was written, by whom and when."""

from __future__ import annotations

from collections.abc import Iterator

from vclinic_messages.exports.compact_json import compact_json
from vclinic_messages.exports.record import ConversationRecord
from vclinic_messages.models import Mailbox, Message, Participant

#: Raise it when a program that reads the old form could not read the new one.
VERSION = 1


def chunks(record: ConversationRecord) -> Iterator[str]:
    """Yield one JSON object. Its last key is ``messages``, oldest first."""
    yield compact_json(_head(record))[:-1] + ',"messages":['
    separator = "\n"
    for batch in record.batches():
        yield separator + ",\n".join(compact_json(_message(message)) for message in batch)
        separator = ",\n"
    yield "\n]}\n"


def _head(record: ConversationRecord) -> dict[str, object]:
    exported = {"at": record.taken_at.isoformat(), "by": record.exported_by}
    if record.reason:
        exported["reason"] = record.reason
    return {
        "format": "vclinic-messages conversation",
        "version": VERSION,
        "clinic": record.clinic,
        "exported": exported,
        "conversation": {
            "id": str(record.id),
            "created_at": record.created_at.isoformat(),
            "participants": [_participant(record, participant) for participant in record.participants],
            "message_count": record.message_count,
        },
    }


def _participant(record: ConversationRecord, participant: Participant) -> dict[str, object]:
    person: dict[str, object] = {
        "id": _user_id(participant.mailbox),
        "name": participant.name,
        "known_as": record.known_as[participant.mailbox_id],
        "role": participant.role,
    }
    if participant.changed_name:
        person["present_name"] = participant.changed_name
    return person


def _user_id(mailbox: Mailbox) -> str | None:
    """Return the user's key; None for a deleted account."""
    return None if mailbox.user_id is None else str(mailbox.user_id)


def _message(message: Message) -> dict[str, object]:
    return {
        "id": message.pk,
        "sender": {
            "id": _user_id(message.sender),
            "name": message.sender_name,
            "role": message.sender_role,
        },
        "sent_at": message.sent_at.isoformat(),
        "body": message.body,
    }
