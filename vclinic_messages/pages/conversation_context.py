"""What the page of one conversation shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.pages.failures import Failure, next_key
from vclinic_messages.pages.forms import ConversationForm
from vclinic_messages.pages.timeline import since, timeline
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
) -> dict[str, Any]:
    """The conversation, its messages and a form that may hold a text already. It counts as opened.

    Raises ConversationNotFound.
    """
    conversation = actions.open_conversation(viewer=viewer, conversation=opened)
    page = selectors.conversation_messages(viewer, conversation, before=before)
    names = ", ".join(participant.name for participant in conversation.others)
    return {
        "view": "conversation",
        "page_title": gettext("%(name)s – Messages") % {"name": names},
        "conversation": conversation,
        "waits_for_viewer": viewer.role.is_staff and conversation.waiting_since is not None,
        "conversation_messages": timeline(
            page, conversation, is_newest=before is None, shows_seen=viewer.settings.read_receipts
        ),
        "earlier": page.next,
        "before": before,
        "seen": page.items[-1].id if page.items and before is None else None,
        "me": conversation.me,
        "text": text,
        "key": next_key(key, failure),
        "failure": failure,
    }


def arrivals(viewer: Viewer, conversation_id: UUID, after: int) -> tuple[dict[str, Any], bool]:
    """The messages after one, and whether so many came that some in between are missing."""
    context = conversation_context(viewer, conversation_id)
    entries = context["conversation_messages"]
    has_gap = context["earlier"] is not None and entries[0].message.id > after
    if not has_gap:
        context["conversation_messages"] = since(entries, after)
        context["earlier"] = None
        shown = (entry for entry in entries if entry.message.id <= after)
        context["receipt"] = next((entry for entry in shown if entry.has_receipt), None)
    return context, has_gap


def asked_for(query: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """``before`` and ``after`` of the address; what is no number counts as not asked."""
    values = ConversationForm(query).values()
    return values["before"], values["after"]
