"""The draft in which a message was written, and how a send finds it."""

from __future__ import annotations

from dataclasses import dataclass

#: Instead of a recipient's mailbox: none was chosen yet, or its account was deleted.
NO_RECIPIENT = 0
DELETED_RECIPIENT = -1


@dataclass(frozen=True, slots=True)
class SpentDraft:
    """The draft in which a message was written. The send empties it.

    ``version`` is the version that the writer knew. A newer draft stays, unless its text is exactly what was
    sent. None empties any version.

    Of a new message, ``sent_to`` is the recipient's mailbox, and ``saved_under`` that of the recipient under
    whom the draft was saved. A reply has neither.
    """

    version: int | None = None
    saved_under: int = NO_RECIPIENT
    sent_to: int | None = None

    @property
    def sql(self) -> str:
        """Return the parts of the statement that find the draft, or store the first one."""
        return _OF_CONVERSATION if self.sent_to is None else _OF_NEW_MESSAGE


# The author's mailbox is locked, so nobody writes a draft between the parts. If the form names a version and
# no draft is stored, the form's first save may still be on its way. So the second part stores an empty draft
# with version 1, and that save is refused.
_OF_CONVERSATION = """
    draft_found AS (
        SELECT id, other, other_version,
            greatest(0, least(version, %(draft_version)s::numeric))::integer AS typed_from,
            %(draft_version)s::numeric IS NULL OR version <= %(draft_version)s OR body = %(text)s AS is_spent
        FROM vclinic_messages_draft
        WHERE author_id = %(author)s AND conversation_id = %(conversation)s AND {in_clinic}
    ), first_draft AS (
        INSERT INTO vclinic_messages_draft
            (author_id, conversation_id, body, version, saved_at, other, counted_from, counted_saves)
        SELECT id, %(conversation)s, '', 1, %(sent_at)s, '', %(sent_at)s, 0 FROM vclinic_messages_mailbox
        WHERE id = %(author)s AND {in_clinic} AND %(draft_version)s::numeric IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM vclinic_messages_draft
                WHERE author_id = %(author)s AND conversation_id = %(conversation)s
            )
    )
"""
_OF_NEW_MESSAGE = """
    draft_found AS (
        SELECT id, other, other_version,
            CASE
                WHEN coalesce(recipient_id, 0) = %(saved_under)s::bigint
                THEN greatest(0, least(version, %(draft_version)s::numeric))::integer
                ELSE 0
            END AS typed_from,
            body = %(text)s OR coalesce(recipient_id, 0) = %(saved_under)s::bigint
                AND (%(draft_version)s::numeric IS NULL OR version <= %(draft_version)s) AS is_spent
        FROM vclinic_messages_draft
        WHERE author_id = %(author)s AND conversation_id IS NULL
            AND coalesce(recipient_id, 0) IN (%(saved_under)s::bigint, %(sent_to)s) AND {in_clinic}
    ), first_draft AS (
        INSERT INTO vclinic_messages_draft
            (author_id, recipient_id, body, version, saved_at, other, counted_from, counted_saves)
        SELECT id, nullif(%(saved_under)s::bigint, 0), '', 1, %(sent_at)s, '', %(sent_at)s, 0
        FROM vclinic_messages_mailbox
        WHERE id = %(author)s AND {in_clinic} AND %(draft_version)s::numeric IS NOT NULL
            AND %(saved_under)s::bigint >= 0 AND NOT EXISTS (
            SELECT FROM vclinic_messages_draft
            WHERE author_id = %(author)s AND conversation_id IS NULL
                AND coalesce(recipient_id, 0) = %(saved_under)s::bigint
        )
    )
"""
