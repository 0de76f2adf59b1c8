"""Write a conversation as JSON in a format of our own: everything that was written, by whom and when."""

from __future__ import annotations

from collections.abc import Iterator

from vclinic_messages.exports.compact_json import compact_json
from vclinic_messages.exports.document import ConversationDocument
from vclinic_messages.models import Mailbox, Message, Participant
from vclinic_messages.teams import recipient_id

#: Raise it when a program that reads the old form could not read the new one.
VERSION = 1


def chunks(document: ConversationDocument) -> Iterator[str]:
    """Yield one JSON object. Its last key is ``messages``, oldest first."""
    yield compact_json(_head(document))[:-1] + ',"messages":['
    separator = "\n"
    for batch in document.batches():
        yield separator + ",\n".join(compact_json(_message(document, message)) for message in batch)
        separator = ",\n"
    yield "\n]}\n"


def _head(document: ConversationDocument) -> dict[str, object]:
    exported = {"at": document.exported_at.isoformat(), "by": document.exported_by}
    if document.reason:
        exported["reason"] = document.reason
    return {
        "format": "vclinic-messages conversation",
        "version": VERSION,
        "clinic": document.clinic,
        "exported": exported,
        "conversation": {
            "id": str(document.id),
            "created_at": document.created_at.isoformat(),
            "participants": [_participant(document, participant) for participant in document.participants],
            "message_count": document.message_count,
        },
    }


def _participant(document: ConversationDocument, participant: Participant) -> dict[str, object]:
    person: dict[str, object] = {
        "id": _user_id(participant.mailbox),
        "name": participant.name,
        "known_as": document.known_as[participant.mailbox_id],
        "role": participant.role,
    }
    if participant.changed_name:
        person["present_name"] = participant.changed_name
    return person


def _user_id(mailbox: Mailbox) -> str | None:
    """Return the user's key or the team's id; None for a deleted account."""
    if mailbox.team_id is not None:
        return recipient_id(mailbox.team_id)
    return None if mailbox.user_id is None else str(mailbox.user_id)


def _message(document: ConversationDocument, message: Message) -> dict[str, object]:
    team = document.for_team(message)
    written_for = {"for_team": team.name} if team else {}
    return {
        "id": message.pk,
        "sender": {
            "id": _user_id(message.sender),
            "name": message.sender_name,
            "role": message.sender_role,
        },
        **written_for,
        "sent_at": message.sent_at.isoformat(),
        "body": message.body,
    }
