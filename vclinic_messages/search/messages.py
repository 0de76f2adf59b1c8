"""Search in conversations: SQL conditions for the statement that lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vclinic_messages.search.folding import folded_pattern

#: How many of a person's conversations a search checks one by one.
_FIRST = 200

# A frequent word is usually found in the first conversations, so these are checked one by one, and the search
# stops when the page is full. They use scalar subqueries, because with EXISTS PostgreSQL sometimes reads the
# whole clinic. A rare word needs all conversations. The rest is therefore checked in one list, by index,
# which takes a fraction of the time per conversation. PostgreSQL computes that list only if it is needed.
_HOLDS = """
    CASE WHEN coalesce(mine.seq {before} ({rest_seq} LIMIT 1), true) THEN coalesce(
        (SELECT true FROM vclinic_messages_participant other
        WHERE other.conversation_id = mine.conversation_id AND {is_named} LIMIT 1),
        (SELECT true FROM vclinic_messages_message message
        WHERE message.conversation_id = mine.conversation_id AND {is_written} LIMIT 1),
        false
    ) ELSE mine.conversation_id IN (
        SELECT other.conversation_id FROM vclinic_messages_participant other
        WHERE other.conversation_id = ANY(ARRAY({rest_ids})) AND {is_named}
        UNION ALL
        SELECT message.conversation_id FROM vclinic_messages_message message
        WHERE message.conversation_id = ANY(ARRAY({rest_ids})) AND {is_written}
    ) END
"""
_REST = """
    SELECT {column} FROM vclinic_messages_participant WHERE {among} ORDER BY seq {direction} OFFSET {first}
"""
_IS_NAMED = "other.user_id IS DISTINCT FROM %(viewer)s AND other.name ~ %({word})s"
_IS_WRITTEN = "message.body ~ %({word})s"


@dataclass(frozen=True, slots=True)
class SearchClause:
    """Conditions on the viewer's participant ``mine``, and their values except ``viewer``."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


def search_clause(search: str, *, among: str, direction: str) -> SearchClause:
    """Return one condition per word: it occurs in another participant's name or in a message.

    Case, accents and the kind of apostrophe make no difference.

    ``among`` is the SQL condition for the viewer's own participants, with unqualified column names.
    ``direction`` is the order of the list by ``seq``: ``DESC`` or ``ASC``. The cost depends on the viewer's
    conversations only, not on the size of the clinic.
    """
    found = SearchClause()
    rest = {"among": among, "direction": direction, "first": _FIRST}
    for number, text in enumerate(dict.fromkeys(search.split())):
        word = f"word{number}"
        found.conditions.append(
            _HOLDS.format(
                before=">" if direction == "DESC" else "<",
                rest_seq=_REST.format(column="seq", **rest),
                rest_ids=_REST.format(column="conversation_id", **rest),
                is_named=_IS_NAMED.format(word=word),
                is_written=_IS_WRITTEN.format(word=word),
            )
        )
        found.values[word] = folded_pattern(text)
    return found
