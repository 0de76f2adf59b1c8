"""Write a conversation as an HL7 FHIR R4 Bundle (4.0.1) with one Communication per message.

https://hl7.org/fhir/R4/communication.html. The participants become Patient, Practitioner and CareTeam
resources in the same bundle, so every reference to one can be resolved within the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from uuid import uuid5

from vclinic_messages.exports.compact_json import compact_json
from vclinic_messages.exports.document import ConversationDocument
from vclinic_messages.models import Message, Participant, Role
from vclinic_messages.selectors.namesakes import KnownPerson

#: FHIR strings must not contain control characters other than tab, line feed and carriage return.
#: https://hl7.org/fhir/R4/datatypes.html#string
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


def chunks(document: ConversationDocument) -> Iterator[str]:
    """Yield a Bundle of type ``collection``: the people first, then the messages, oldest first."""
    head = {
        "resourceType": "Bundle",
        "id": str(document.id),
        "type": "collection",
        "timestamp": document.exported_at.isoformat(),
    }
    yield compact_json(head)[:-1] + ',"entry":[\n'
    yield ",\n".join(compact_json(_person(document, participant)) for participant in document.participants)
    for batch in document.batches():
        yield "".join(",\n" + compact_json(_communication(document, message)) for message in batch)
    yield "\n]}\n"


def _person(document: ConversationDocument, participant: Participant) -> dict[str, object]:
    if participant.mailbox.team_id is not None:
        return {"fullUrl": _person_url(document, participant), "resource": _care_team(participant)}
    kind = "Patient" if participant.role == Role.PATIENT else "Practitioner"
    names: list[dict[str, str]] = [{"text": _text(participant.name)}]
    if participant.changed_name:
        names = [
            {"use": "usual", "text": _text(participant.changed_name)},
            {"use": "old", "text": _text(participant.name)},
        ]
    resource: dict[str, object] = {"resourceType": kind, "name": names}
    if participant.mailbox.user_id is not None:
        resource["identifier"] = [{"value": str(participant.mailbox.user_id)}]
    return {"fullUrl": _person_url(document, participant), "resource": resource}


def _care_team(participant: Participant) -> dict[str, object]:
    return {
        "resourceType": "CareTeam",
        "name": _text(participant.name),
        "identifier": [{"value": str(participant.mailbox.team_id)}],
    }


def _communication(document: ConversationDocument, message: Message) -> dict[str, object]:
    recipients = [each for each in document.participants if each.mailbox_id != message.mailbox_id]
    resource: dict[str, object] = {
        "resourceType": "Communication",
        "identifier": [{"value": str(message.pk)}],
        "status": "completed",
        "category": [{"text": "Messages"}],
        "sent": message.sent_at.isoformat(),
        "recipient": [_reference(document, participant) for participant in recipients],
        "sender": _sender(document, message),
        "payload": [{"contentString": _text(message.body)}],
    }
    if document.patient is not None:
        resource["subject"] = _reference(document, document.patient)
    return {"fullUrl": _url(document, f"message {message.pk}"), "resource": resource}


def _sender(document: ConversationDocument, message: Message) -> dict[str, object]:
    """Return a reference that shows the sender's name as it was when the message was sent.

    FHIR allows no CareTeam here, so a member of a team is referred to as a person, by their own identifier.
    """
    if document.for_team(message) is not None:
        member: dict[str, object] = {"type": "Practitioner", "display": _text(message.sender_name)}
        if message.sender.user_id is not None:
            member["identifier"] = {"value": str(message.sender.user_id)}
        return member
    shown: dict[str, object] = {"display": _shown(document, message.sender_name, message.mailbox_id)}
    for participant in document.participants:
        if participant.mailbox_id == message.mailbox_id:
            return {**_reference(document, participant), **shown}
    return shown


def _reference(document: ConversationDocument, participant: Participant) -> dict[str, str]:
    shown = _shown(document, participant.name, participant.mailbox_id)
    return {"reference": _person_url(document, participant), "display": shown}


def _shown(document: ConversationDocument, name: str, mailbox_id: int) -> str:
    """Return the name with what tells the person apart from namesakes."""
    return _text(str(KnownPerson(name, document.known_as.get(mailbox_id, ""))))


def _person_url(document: ConversationDocument, participant: Participant) -> str:
    return _url(document, f"person {participant.mailbox_id}")


def _url(document: ConversationDocument, name: str) -> str:
    """Return a URL for a person or message that is the same in every export of the conversation."""
    return f"urn:uuid:{uuid5(document.id, name)}"


def _text(text: str) -> str:
    return _CONTROL_CHARACTERS.sub("\ufffd", text)
