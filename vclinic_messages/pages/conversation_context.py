"""The template variables of one conversation."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import actions, selectors
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
    text: str = "",
    key: str | None = None,
    failure: Failure | None = None,
) -> dict[str, object]:
    """Return the variables of a conversation's page, and record that the viewer opened it.

    ``before`` asks for the messages before that one. ``text`` and ``key`` fill in the form. Raises
    ConversationNotFound.
    """
    conversation = actions.open_conversation(viewer=viewer, conversation=opened)
    page = selectors.conversation_messages(viewer, conversation, before=before)
    names = ", ".join(participant.name for participant in conversation.others)
    return {
        **_shared(viewer, conversation),
        "view": "conversation",
        "page_title": gettext("%(name)s – Messages") % {"name": names},
        "conversation_messages": timeline(
            page.items, conversation, is_newest=before is None, shows_seen=viewer.settings.read_receipts
        ),
        "earlier": page.next,
        "before": before,
        "seen": page.items[-1].id if page.items and before is None else None,
        "me": conversation.me,
        "text": text,
        "key": next_key(key, failure),
    }


@sensitive_variables()
def arrivals_context(viewer: Viewer, conversation_id: UUID, after: int) -> tuple[dict[str, object], bool]:
    """Return the variables of the messages after ``after``, and whether there is a gap before them.

    There is a gap if more messages arrived than a page shows. The variables are then those of the newest
    page. Otherwise ``receipt`` is the new text below the viewer's last message, which the page shows already.
    Raises ConversationNotFound.
    """
    conversation = actions.open_conversation(viewer=viewer, conversation=conversation_id)
    shows_seen = viewer.settings.read_receipts
    # With the message before them: its sender and its day decide whether the first of them repeats both.
    newer = selectors.messages_from(viewer, conversation, after)
    if newer is None:
        return conversation_context(viewer, conversation), True
    entries = timeline(newer, conversation, shows_seen=shows_seen)
    arrived = [entry for entry in entries if entry.message.id > after]
    has_own = any(entry.receipt for entry in arrived)
    context = {
        **_shared(viewer, conversation),
        "conversation_messages": arrived,
        "receipt": _shown_receipt(viewer, conversation) if shows_seen and not has_own else None,
    }
    return context, False


def _shared(viewer: Viewer, conversation: selectors.ConversationSummary) -> dict[str, object]:
    return {
        "conversation": conversation,
        "waits_for_viewer": viewer.role.is_staff and conversation.waiting_since is not None,
    }


def _shown_receipt(viewer: Viewer, conversation: selectors.ConversationSummary) -> Receipt | None:
    message_id = selectors.newest_own_message_id(viewer, conversation)
    return None if message_id is None else Receipt(message_id, conversation.seen_at(message_id))


def requested_range(query: Mapping[str, object]) -> tuple[int | None, int | None]:
    """Return ``before`` and ``after`` of the query string; None for a value that is not a number."""
    values = ConversationForm(query).values()
    return values["before"], values["after"]
