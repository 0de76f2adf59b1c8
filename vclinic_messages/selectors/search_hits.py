"""The messages in which a search found its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from vclinic_messages.message_text import excerpt_around, one_line
from vclinic_messages.search.conversations import search_hits
from vclinic_messages.search.folding import search_words
from vclinic_messages.search.marking import Range, found_ranges
from vclinic_messages.tenancy import run_in_clinic
from vclinic_messages.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Match:
    """The newest hit of a search in a conversation, and how many hits there are.

    ``sender`` is the name of who wrote it, ``for_team`` whether as a member of a team. ``ranges`` are the
    words found in the excerpt, in its code points.
    """

    message: int
    excerpt: str = field(repr=False)
    ranges: list[Range]
    sent_at: datetime
    sender: str
    is_mine: bool
    for_team: bool
    hits: int


@dataclass(frozen=True, slots=True)
class Hits:
    """The place of a hit among the hits of its conversation, of which there are ``count``.

    ``number`` counts from 1 for the oldest. ``previous`` and ``next`` are the ids of the hits around it.
    """

    number: int
    count: int
    previous: int | None
    next: int | None


_NEWEST = """
    SELECT hit.conversation_id, hit.message_id, hit.hits, message.body, message.sent_at,
        message.sender_id, message.sender_name, message.mailbox_id <> message.sender_id
    FROM (
        SELECT conversation_id, max(message_id) AS message_id, count(*) AS hits
        FROM ({hits}) every GROUP BY conversation_id
    ) hit
    JOIN vclinic_messages_message message ON message.id = hit.message_id
    WHERE {in_clinic}
"""

_AROUND = """
    SELECT number, count, previous, next FROM (
        SELECT message_id, row_number() OVER by_id AS number, count(*) OVER () AS count,
            lag(message_id) OVER by_id AS previous, lead(message_id) OVER by_id AS next
        FROM ({hits}) every WINDOW by_id AS (ORDER BY message_id)
    ) placed
    WHERE message_id = %(message)s AND {in_clinic}
"""


def matches(viewer: Viewer, conversations: Sequence[UUID], search: str) -> dict[UUID, Match]:
    """Return the newest hit in each of these conversations. A conversation found by a name only has none.

    Access to the conversations is not checked here.
    """
    found = search_hits(search) if conversations else None
    if found is None:
        return {}
    hits, values = found
    rows = run_in_clinic(_NEWEST.replace("{hits}", hits), {**values, "searched": list(conversations)})
    words = search_words(search)
    matches = {}
    for conversation, message, count, body, sent_at, sender, name, for_team in rows:
        line = one_line(body)
        excerpt, ranges = excerpt_around(line, found_ranges(line, words))
        matches[conversation] = Match(
            message=message,
            excerpt=excerpt,
            ranges=ranges,
            sent_at=sent_at,
            sender=name,
            is_mine=sender == viewer.own_mailbox,
            for_team=for_team,
            hits=count,
        )
    return matches


def hits_around(conversation: UUID, search: str, message: int) -> Hits | None:
    """Return where a message is among the hits in its conversation; None if it is no hit.

    Access to the conversation is not checked here.
    """
    found = search_hits(search)
    if found is None:
        return None
    hits, values = found
    around = _AROUND.replace("{hits}", hits)
    rows = run_in_clinic(around, {**values, "searched": [conversation], "message": message})
    return Hits(*rows[0]) if rows else None
