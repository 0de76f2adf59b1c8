"""Searching a person's conversations: conditions for the statement that lists them."""

from __future__ import annotations

from dataclasses import dataclass, field

from vclinic_messages.search.folding import folded_pattern

#: The number of conversations that a search checks one by one before it turns to the rest.
_CHECKED_ONE_BY_ONE = 200

# A common word is in one of the newest conversations, so these are checked one by one until the page is full.
# The sub-selects are scalar: for EXISTS PostgreSQL would sometimes read the whole clinic. A rare word is not
# found there. Then the rest of the conversations is searched in one go, by index, which takes a fraction of
# the time for each. PostgreSQL only builds that list when it gets so far.
_MATCHES = """
    CASE WHEN coalesce(mine.last_message_id {nearer} ({rest_order} LIMIT 1), true) THEN coalesce(
        (SELECT true FROM vclinic_messages_participant other
        JOIN vclinic_messages_mailbox named ON named.id = other.mailbox_id
        WHERE other.conversation_id = mine.conversation_id AND {name_matches} LIMIT 1),
        (SELECT true FROM vclinic_messages_message message
        WHERE message.conversation_id = mine.conversation_id AND {body_matches} LIMIT 1),
        false
    ) ELSE mine.conversation_id IN (
        SELECT other.conversation_id FROM vclinic_messages_participant other
        JOIN vclinic_messages_mailbox named ON named.id = other.mailbox_id
        WHERE other.conversation_id = ANY(ARRAY({rest_ids})) AND {name_matches}
        UNION ALL
        SELECT message.conversation_id FROM vclinic_messages_message message
        WHERE message.conversation_id = ANY(ARRAY({rest_ids})) AND {body_matches}
    ) END
"""
_REST = """
    SELECT {column} FROM vclinic_messages_participant
    WHERE {among} ORDER BY last_message_id {direction} OFFSET {skipped}
"""
# People are found by the name that they have now and by the one that they had when the conversation began.
_NAME_MATCHES = "other.mailbox_id <> %({mailbox})s AND (other.name ~ %({word})s OR named.name ~ %({word})s)"
_BODY_MATCHES = "message.body ~ %({word})s"


@dataclass(frozen=True, slots=True)
class SearchClause:
    """SQL conditions on a participation, ``mine``, and the values of their parameters."""

    conditions: list[str] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)


def search_clause(search: str, *, mailbox: str, among: str, direction: str) -> SearchClause:
    """Return one condition for each word of the search.

    A word matches a conversation if another participant's name or the text of a message contains it. Case,
    accents and the kind of apostrophe make no difference.

    ``mailbox`` names the parameter with the searched mailbox. ``among`` is the condition for the
    participations that are searched, with bare column names. ``direction`` is their order: ``DESC`` or
    ``ASC``. The cost ends with these participations; what others write makes no difference.
    """
    found = SearchClause()
    rest = {"among": among, "direction": direction, "skipped": _CHECKED_ONE_BY_ONE}
    for index, text in enumerate(dict.fromkeys(search.split())):
        word = f"word{index}"
        found.conditions.append(
            _MATCHES.format(
                nearer=">" if direction == "DESC" else "<",
                rest_order=_REST.format(column="last_message_id", **rest),
                rest_ids=_REST.format(column="conversation_id", **rest),
                name_matches=_NAME_MATCHES.format(mailbox=mailbox, word=word),
                body_matches=_BODY_MATCHES.format(word=word),
            )
        )
        found.values[word] = folded_pattern(text)
    return found
