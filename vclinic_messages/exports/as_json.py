"""Write a conversation as JSON in a format of our own: everything that was written, by whom and when."""

from __future__ import annotations

from collections.abc import Iterator

from vclinic_messages.exports.compact_json import compact_json
from vclinic_messages.exports.record import ConversationRecord
from vclinic_messages.models import Message

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
            "participants": [
                {"id": str(participant.user_id), "name": participant.name, "role": participant.role}
                for participant in record.participants
            ],
            "message_count": record.message_count,
        },
    }


def _message(message: Message) -> dict[str, object]:
    return {
        "id": message.pk,
        "sender": {
            "id": str(message.sender_id),
            "name": message.sender_name,
            "role": message.sender_role,
        },
        "sent_at": message.sent_at.isoformat(),
        "body": message.body,
    }
