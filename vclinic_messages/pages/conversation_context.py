"""The template variables of one conversation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from vclinic_messages import actions, selectors
from vclinic_messages.directory import Person
from vclinic_messages.languages import comma
from vclinic_messages.pages.drafts import FormDraft, shown_draft
from vclinic_messages.pages.failures import Failure, next_key
from vclinic_messages.pages.forms import ConversationForm
from vclinic_messages.pages.timeline import Receipt, timeline
from vclinic_messages.search.folding import search_words
from vclinic_messages.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Part:
    """Which messages of a conversation to show: those before a message, after it or around it."""

    before: int | None = None
    after: int | None = None
    at: int | None = None


#: The messages with which a conversation opens.
OPENING = Part()


@sensitive_variables()
def conversation_context(
    viewer: Viewer,
    opened: UUID | selectors.ConversationSummary,
    *,
    part: Part = OPENING,
    search: str = "",
    text: str | None = None,
    key: str | None = None,
    failure: Failure | None = None,
    draft: FormDraft | None = None,
) -> dict[str, object]:
    """Return the variables of a conversation's page, and record that the viewer opened it.

    ``search`` is the search that found the conversation. ``text``, ``key`` and ``draft`` fill in the form.
    Without ``text``, the stored draft does. Raises ConversationNotFound.
    """
    conversation = actions.open_conversation(viewer=viewer, conversation=opened)
    page = selectors.conversation_messages(
        viewer, conversation, before=part.before, after=part.after, around=part.at
    )
    if not page.items:  # nothing is newer, or nothing is older, or there is no such message
        page, part = selectors.conversation_messages(viewer, conversation), OPENING
    names = comma().join(participant.name for participant in conversation.others)
    is_newest = part.before is None and not page.newer
    return {
        **_shared(viewer, conversation, page, is_newest=is_newest, search=search, at=part.at),
        "view": "conversation",
        "page_title": gettext("%(name)s – Messages") % {"name": names},
        "earlier": page.earlier,
        "before": part.before,
        "at": part.at,
        "hits": selectors.hits_around(conversation.id, search, part.at) if part.at else None,
        "starts_at_top": part.after is not None or page.newer > 0,
        "seen": page.items[-1].id if _may_mark_read(conversation, page, part) else None,
        "me": _shown_of_me(viewer, conversation),
        "key": next_key(key, failure),
        **_form(conversation, text, draft),
    }


@sensitive_variables()
def _form(
    conversation: selectors.ConversationSummary, text: str | None, draft: FormDraft | None
) -> dict[str, object]:
    """Return the text in the form, the stored draft's if None is given, and what the form shows of drafts."""
    if text is None and conversation.draft:
        text, draft = shown_draft(conversation.draft)
    return {"text": text or "", "draft": draft or FormDraft(conversation.draft_version)}


def _may_mark_read(
    conversation: selectors.ConversationSummary, page: selectors.MessagePage, part: Part
) -> bool:
    """Return whether the page may be marked as read up to its end.

    A read mark covers everything up to a message, so no unread message may come before the page.
    """
    if part.at is None:
        return part.before is None
    return page.previous is None or page.previous.id <= (conversation.last_read or 0)


@sensitive_variables()
def arrivals_context(
    viewer: Viewer, conversation_id: UUID, after: int, *, search: str = ""
) -> dict[str, object]:
    """Return the variables of the messages after ``after``: a page of them, and how many are newer.

    ``receipt`` is the new text below the viewer's last message, if the page shows that message already.
    Raises ConversationNotFound.
    """
    conversation = actions.open_conversation(viewer=viewer, conversation=conversation_id)
    page = selectors.conversation_messages(viewer, conversation, after=after)
    has_own = any(message.sender.is_me for message in page.items)
    shows_receipt = viewer.settings.read_receipts and not has_own
    return {
        **_shared(viewer, conversation, page, is_newest=not page.newer, search=search),
        "is_arrival": True,
        "answered_by": _colleague_who_answered(page),
        "receipt": _shown_receipt(viewer, conversation) if shows_receipt else None,
    }


def _colleague_who_answered(page: selectors.MessagePage) -> str | None:
    """Return who wrote the newest message for a team on this page; None for the viewer, or without one."""
    newest = next((each for each in reversed(page.items) if each.for_team), None)
    return newest.sender.name if newest and not newest.sender.is_me else None


def _shared(
    viewer: Viewer,
    conversation: selectors.ConversationSummary,
    page: selectors.MessagePage,
    *,
    is_newest: bool,
    search: str = "",
    at: int | None = None,
) -> dict[str, object]:
    return {
        "conversation": conversation,
        "conversation_messages": timeline(
            page,
            conversation,
            is_newest=is_newest,
            shows_seen=viewer.settings.read_receipts,
            words=search_words(search),
        ),
        "at": at,
        "search": search,
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


def requested_part(query: Mapping[str, object]) -> Part:
    """Return the part of a conversation that a query string asks for. What is not a number is ignored."""
    return Part(**ConversationForm(query).values())
