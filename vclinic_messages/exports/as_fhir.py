"""A conversation as an HL7 FHIR R4 Bundle (4.0.1): a Communication for each message.

https://hl7.org/fhir/R4/communication.html. People become Patient and Practitioner resources of the bundle, so
that every reference in it resolves within it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid5

from vclinic_messages.exports.record import ConversationRecord
from vclinic_messages.models import Message, Participant, Role

#: FHIR's string holds no control characters but tab, line feed and carriage return.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def chunks(record: ConversationRecord) -> Iterator[str]:
    """One Bundle of type ``collection``: the people, then the messages, oldest first."""
    head = {
        "resourceType": "Bundle",
        "id": str(record.id),
        "type": "collection",
        "timestamp": record.taken_at.isoformat(),
    }
    yield _dump(head)[:-1] + ',"entry":[\n'
    yield ",\n".join(_dump(_person(record, participant)) for participant in record.participants)
    for batch in record.batches():
        yield "".join(",\n" + _dump(_communication(record, row)) for row in batch)
    yield "\n]}\n"


def _person(record: ConversationRecord, participant: Participant) -> dict[str, Any]:
    kind = "Patient" if participant.role == Role.PATIENT else "Practitioner"
    resource = {"resourceType": kind, "name": [{"text": _text(participant.name)}]}
    return {"fullUrl": _url(record, f"person {participant.user_id}"), "resource": resource}


def _communication(record: ConversationRecord, row: Message) -> dict[str, Any]:
    others = [participant for participant in record.participants if participant.user_id != row.sender_id]
    resource = {
        "resourceType": "Communication",
        "identifier": [{"value": str(row.pk)}],
        "status": "completed",
        "category": [{"text": "Messages"}],
        "sent": row.sent_at.isoformat(),
        "recipient": [_reference(record, participant) for participant in others],
        "sender": _sender(record, row),
        "payload": [{"contentString": _text(row.body)}],
    }
    if record.patient is not None:
        resource["subject"] = _reference(record, record.patient)
    return {"fullUrl": _url(record, f"message {row.pk}"), "resource": resource}


def _sender(record: ConversationRecord, row: Message) -> dict[str, str]:
    participant = next(
        (participant for participant in record.participants if participant.user_id == row.sender_id), None
    )
    named = {"display": _text(row.sender_name)}
    return {**_reference(record, participant), **named} if participant else named


def _reference(record: ConversationRecord, participant: Participant) -> dict[str, str]:
    return {"reference": _url(record, f"person {participant.user_id}"), "display": _text(participant.name)}


def _url(record: ConversationRecord, name: str) -> str:
    """The same for the same thing in every export of the conversation."""
    return f"urn:uuid:{uuid5(record.id, name)}"


def _text(text: str) -> str:
    return _CONTROL.sub("\ufffd", text)


def _dump(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
