"""Searching a person's conversations: conditions for the statement that lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vclinic_messages.search.conditions import ContainsSql
from vclinic_messages.search.folding import search_words

if TYPE_CHECKING:
    from vclinic_messages.selectors.list_orders import ListOrder

#: The number of conversations that a search checks one by one before it turns to the rest.
_CHECKED_ONE_BY_ONE = 200

# A common word is in one of the newest conversations, so these are checked one by one until the page is full.
# The sub-selects are scalar: for EXISTS PostgreSQL would sometimes read the whole clinic. A rare word is not
# found there. Then the rest of the conversations is searched in one go, by index, which takes a fraction of
# the time for each. PostgreSQL only builds that list when it gets so far, and once.
_MATCHES = """
    CASE WHEN NOT coalesce({position} {follows}= ({rest_order} LIMIT 1), false) THEN coalesce(
        (SELECT true FROM vclinic_messages_participant other
        WHERE other.conversation_id = mine.conversation_id AND {name_matches} LIMIT 1),
        (SELECT true FROM vclinic_messages_messagewords words
        WHERE words.conversation_id = mine.conversation_id AND {text_matches} LIMIT 1),
        false
    ) ELSE mine.conversation_id IN (
        WITH rest AS MATERIALIZED (SELECT ARRAY({rest_ids}) AS ids),
        others AS MATERIALIZED (
            SELECT conversation_id, mailbox_id, folded_name FROM vclinic_messages_participant
            WHERE conversation_id = ANY((SELECT ids FROM rest)::uuid[]) AND mailbox_id <> %({mailbox})s
        )
        SELECT other.conversation_id FROM others other
        WHERE {snapshot_name} OR other.mailbox_id IN (
            SELECT named.id FROM vclinic_messages_mailbox named
            WHERE named.id = ANY(ARRAY(SELECT DISTINCT mailbox_id FROM others)) AND {present_name}
        )
        UNION ALL
        SELECT words.conversation_id FROM vclinic_messages_messagewords words
        WHERE words.conversation_id = ANY((SELECT ids FROM rest)::uuid[]) AND {text_matches}
    ) END
"""
# The present name is asked in a sub-select as well: for a join PostgreSQL might read all mailboxes.
_NAME_MATCHES = """
    other.mailbox_id <> %({mailbox})s AND ({snapshot_name} OR (
        SELECT {present_name} FROM vclinic_messages_mailbox named WHERE named.id = other.mailbox_id
    ))
"""
_REST = """
    SELECT {columns} FROM vclinic_messages_participant
    WHERE {among} ORDER BY {order} OFFSET {skipped}
"""


# A hit is a message with as many words of the search as any message of its conversation has: all of them, or
# fewer where some are found in other messages or in names only.
_HITS = """
    SELECT conversation_id, message_id FROM (
        SELECT words.conversation_id, words.message_id,
            rank() OVER (PARTITION BY words.conversation_id ORDER BY {count} DESC) AS place
        FROM vclinic_messages_messagewords words
        WHERE words.conversation_id = ANY(%(searched)s) AND ({any})
    ) ranked WHERE place = 1
"""


@dataclass(frozen=True, slots=True)
class SearchClause:
    """SQL conditions on a participation, ``mine``, and the values of their parameters."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


def search_clause(search: str, *, mailbox: str, among: str, order: ListOrder) -> SearchClause:
    """Return one condition for each word of the search; none for a search of white space only.

    A word matches a conversation if it begins a word of a message, or of the name of another participant: the
    present one or the one that they had when the conversation began. A search of punctuation matches nothing.

    ``mailbox`` is the name of the parameter with the searched mailbox. ``among`` is the condition for the
    participations that are searched, with bare column names, and ``order`` the order in which they are read.
    The cost depends on these participations only, not on what others have written.
    """
    found = SearchClause()
    rest = {"among": among, "order": order.sql(), "skipped": _CHECKED_ONE_BY_ONE}
    words = search_words(search)
    if search.strip() and not words:
        found.conditions.append("false")
    for index, word in enumerate(words):
        contains = ContainsSql(word, f"word{index}")
        found.values.update(contains.values)
        names = {
            "mailbox": mailbox,
            "snapshot_name": contains.sql("other.folded_name"),
            "present_name": contains.sql("named.folded_name"),
        }
        found.conditions.append(
            _MATCHES.format(
                position=order.row("mine."),
                follows=order.follows,
                rest_order=_REST.format(columns=", ".join(order.columns), **rest),
                rest_ids=_REST.format(columns="conversation_id", **rest),
                name_matches=_NAME_MATCHES.format(**names),
                **names,
                text_matches=contains.sql("words.folded"),
            )
        )
    return found


def search_hits(search: str) -> tuple[str, dict[str, str]] | None:
    """Return a SELECT of the hits and its values; None for a search without words.

    Its columns are ``conversation_id`` and ``message_id``. The caller adds the value ``searched``: the ids of
    the conversations.
    """
    words = [ContainsSql(word, f"word{index}") for index, word in enumerate(search_words(search))]
    if not words:
        return None
    conditions = [each.sql("words.folded") for each in words]
    statement = _HITS.format(
        count=" + ".join(f"{each}::int" for each in conditions), any=" OR ".join(conditions)
    )
    return statement, {name: value for each in words for name, value in each.values.items()}
