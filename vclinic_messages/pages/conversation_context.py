"""The template variables of one conversation."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.directory import Person
from vclinic_messages.pages.drafts import FormDraft
from vclinic_messages.pages.failures import Failure, next_key
from vclinic_messages.pages.forms import ConversationForm
from vclinic_messages.pages.timeline import Receipt, timeline
from vclinic_messages.viewer import Viewer


@sensitive_variables()
def conversation_context(
    viewer: Viewer,
    opened: UUID | selectors.ConversationSummary,
    *,
    before: int | None = None,
    after: int | None = None,
    text: str | None = None,
    key: str | None = None,
    failure: Failure | None = None,
    draft: FormDraft | None = None,
) -> dict[str, object]:
    """Return the variables of a conversation's page, and record that the viewer opened it.

    ``before`` and ``after`` ask for the messages before or after that one. ``text``, ``key`` and ``draft``
    fill in the form; without ``text`` it is the stored draft. Raises ConversationNotFound.
    """
    conversation = actions.open_conversation(viewer=viewer, conversation=opened)
    page = selectors.conversation_messages(viewer, conversation, before=before, after=after)
    if not page.items:  # nothing is newer, or nothing is older
        page, before, after = selectors.conversation_messages(viewer, conversation), None, None
    stored = conversation.draft
    if draft is None:
        restored_at = stored.saved_at if stored and text is None else None
        draft = FormDraft(conversation.draft_version, restored_at=restored_at)
    if text is None:
        text = stored.body if stored else ""
    names = ", ".join(participant.name for participant in conversation.others)
    return {
        **_shared(viewer, conversation, page, is_newest=before is None and not page.newer),
        "view": "conversation",
        "page_title": gettext("%(name)s – Messages") % {"name": names},
        "earlier": page.earlier,
        "before": before,
        "starts_at_top": after is not None or page.newer > 0,
        "seen": page.items[-1].id if before is None else None,
        "me": _shown_of_me(viewer, conversation),
        "text": text,
        "draft": draft,
        "key": next_key(key, failure),
    }


@sensitive_variables()
def arrivals_context(viewer: Viewer, conversation_id: UUID, after: int) -> dict[str, object]:
    """Return the variables of the messages after ``after``: a page of them, and how many are newer.

    ``receipt`` is the new text below the viewer's last message, if the page shows that message already.
    Raises ConversationNotFound.
    """
    conversation = actions.open_conversation(viewer=viewer, conversation=conversation_id)
    page = selectors.conversation_messages(viewer, conversation, after=after)
    has_own = any(message.sender.is_me for message in page.items)
    shows_receipt = viewer.settings.read_receipts and not has_own
    return {
        **_shared(viewer, conversation, page, is_newest=not page.newer),
        "is_arrival": True,
        "receipt": _shown_receipt(viewer, conversation) if shows_receipt else None,
    }


def _shared(
    viewer: Viewer,
    conversation: selectors.ConversationSummary,
    page: selectors.MessagePage,
    *,
    is_newest: bool,
) -> dict[str, object]:
    return {
        "conversation": conversation,
        "conversation_messages": timeline(
            page, conversation, is_newest=is_newest, shows_seen=viewer.settings.read_receipts
        ),
        "newer": page.newer,
    }


def _shown_of_me(
    viewer: Viewer, conversation: selectors.ConversationSummary
) -> Person | selectors.ParticipantSummary:
    """Return what the reader sees of the viewer: their name, and their team where they write for one."""
    if not conversation.is_for_team or conversation.team is None:
        return conversation.me
    return Person(conversation.my_id, conversation.my_name, viewer.role, conversation.team.name)


def _shown_receipt(viewer: Viewer, conversation: selectors.ConversationSummary) -> Receipt | None:
    message_id = selectors.newest_own_message_id(viewer, conversation)
    return None if message_id is None else Receipt(message_id, conversation.seen_at(message_id))


def requested_range(query: Mapping[str, object]) -> tuple[int | None, int | None]:
    """Return ``before`` and ``after`` of the query string; None for a value that is not a number."""
    values = ConversationForm(query).values()
    return values["before"], values["after"]
