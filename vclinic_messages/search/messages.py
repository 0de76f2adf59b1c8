"""Which conversations hold a word: conditions for the statement that lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vclinic_messages.search.folding import folded_pattern

#: In how many conversations of a person a search looks one by one.
_FIRST = 200

# A word that many hold is found among the first conversations, asked one by one. Scalar sub-selects, because
# for EXISTS PostgreSQL would sometimes read the whole clinic. Where that is not enough, the rest follows all
# at once, by index, which takes a fraction of the time for each. PostgreSQL makes that list only if it gets
# there.
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
    """Conditions on a participant, ``mine``, and the values in them beside ``viewer``, the person's key."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


def search_clause(search: str, *, among: str, direction: str) -> SearchClause:
    """For each word of the search: another participant's name or a message of the conversation holds it.
    Case, accents and the kind of apostrophe make no difference.

    ``among`` is the condition for the person's own participations, with bare names of columns;
    ``direction``, ``DESC`` or ``ASC``, is the order of their numbers in which they are wanted. The cost ends
    with them: what others write makes no difference.
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
