"""The drafts of the viewer. Nobody else sees them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from vclinic_messages.directory import Person, describe_by_key
from vclinic_messages.message_text import excerpt
from vclinic_messages.models import Draft, Mailbox
from vclinic_messages.teams import recipient_id, team_key
from vclinic_messages.user_keys import user_key
from vclinic_messages.user_types import UserKey
from vclinic_messages.viewer import Viewer


@dataclass(frozen=True, slots=True)
class DraftPlace:
    """What a draft is for: a conversation, or a new message.

    ``recipient`` is the id of a new message's recipient, a person or a team; None while nobody is chosen.
    """

    conversation: UUID | None = None
    recipient: str | None = None


@dataclass(frozen=True, slots=True)
class DraftItem:
    """A stored draft. ``body`` is empty after the text was sent or discarded.

    ``other`` is a second text, typed from ``other_version``, that was refused for this draft.
    ``origin`` is the conversation from which the text was taken along to a new message.
    """

    body: str = field(repr=False)
    version: int
    saved_at: datetime
    conversation: UUID | None
    recipient: str | None
    recipient_name: str
    other: str = field(default="", repr=False)
    other_version: int | None = None
    origin: UUID | None = None

    @property
    def excerpt(self) -> str:
        """Return the beginning of the text on one line."""
        return excerpt(self.body)


def draft_rows(author: int | None, place: DraftPlace) -> QuerySet[Draft]:
    """Return the draft of this mailbox for this place: one row, or none.

    Access to the conversation is not checked here.
    """
    own = Draft.objects.filter(author=author).select_related("recipient")
    if place.conversation is not None:
        return own.filter(conversation=place.conversation)
    own = own.filter(conversation=None)
    if place.recipient is None:
        return own.filter(recipient=None)
    team = team_key(place.recipient)
    if team is not None:
        return own.filter(recipient__team=team)
    key = user_key(place.recipient)
    return own.none() if key is None else own.filter(recipient__user=key)


def new_message_drafts(viewer: Viewer) -> QuerySet[Draft]:
    """Return the viewer's drafts of new messages, the last saved first.

    Drafts for a deleted account are left out: nobody can write to it any more.
    """
    drafts = Draft.objects.filter(author=viewer.own_mailbox, conversation=None).exclude(body="")
    readable = drafts.exclude(recipient__isnull=False, recipient__user=None, recipient__team=None)
    return readable.select_related("recipient").order_by("-saved_at", "-id")


def draft_at(viewer: Viewer, place: DraftPlace) -> DraftItem | None:
    """Return the viewer's draft for this place; None if there never was one.

    Access to the conversation is not checked here.
    """
    return next(iter(draft_items(draft_rows(viewer.own_mailbox, place))), None)


def draft_with_id(viewer: Viewer, draft: int | None) -> DraftItem | None:
    """Return the viewer's draft with this primary key; None if the key is None or of no draft of theirs."""
    if draft is None:
        return None
    rows = Draft.objects.filter(author=viewer.own_mailbox, pk=draft).select_related("recipient")
    return next(iter(draft_items(rows)), None)


def draft_items(rows: Iterable[Draft]) -> list[DraftItem]:
    """Return these rows with the names of their recipients. The directory is asked once."""
    found = list(rows)
    keys = [row.recipient.user_id for row in found if row.recipient is not None]
    people = describe_by_key(keys) if any(keys) else {}
    return [
        DraftItem(
            row.body,
            row.version,
            row.saved_at,
            row.conversation_id,
            *_id_and_name(row.recipient, people),
            row.other,
            row.other_version,
            origin=row.origin_id,
        )
        for row in found
    ]


def _id_and_name(recipient: Mailbox | None, people: Mapping[UserKey, Person]) -> tuple[str | None, str]:
    """Return the id and the name of a draft's recipient. The id is None for a deleted account."""
    if recipient is None:
        return None, ""
    if recipient.team_id is not None:
        return recipient_id(recipient.team_id), recipient.name
    key = recipient.user_id
    name = people[key].name if key in people else recipient.name
    return None if key is None else str(key), name
