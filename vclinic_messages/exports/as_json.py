"""A conversation as JSON of our own: everything that was written, by whom, when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from vclinic_messages.exports.record import ConversationRecord
from vclinic_messages.models import Message

#: Changes when a reader of the old form could not read the new one.
VERSION = 1


def chunks(record: ConversationRecord) -> Iterator[str]:
    """One JSON object; its last key is ``messages``, oldest first."""
    head = _dump(_head(record))
    yield head[:-1] + ',"messages":['
    separator = "\n"
    for batch in record.batches():
        yield separator + ",\n".join(_dump(_message(row)) for row in batch)
        separator = ",\n"
    yield "\n]}\n"


def _head(record: ConversationRecord) -> dict[str, Any]:
    taken: dict[str, Any] = {"at": record.taken_at.isoformat(), "by": record.exported_by}
    if record.reason:
        taken["reason"] = record.reason
    return {
        "format": "vclinic-messages conversation",
        "version": VERSION,
        "clinic": record.clinic,
        "exported": taken,
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


def _message(row: Message) -> dict[str, Any]:
    return {
        "id": row.pk,
        "sender": {"id": str(row.sender_id), "name": row.sender_name, "role": row.sender_role},
        "sent_at": row.sent_at.isoformat(),
        "body": row.body,
    }


def _dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
