"""The list of conversations beside every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from vclinic_messages import selectors
from vclinic_messages.pages.forms import ListForm
from vclinic_messages.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Listing:
    """Some rows, and what they were narrowed to."""

    rows: list[selectors.ConversationSummary]
    search: str
    unread: bool
    before: int | None
    next: int | None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search.strip()) or self.unread

    @property
    def has_nothing_yet(self) -> bool:
        """The viewer has no conversation at all."""
        return not (self.rows or self.is_narrowed or self.before)

    @property
    def next_query(self) -> str:
        """The query string that leads to the following rows."""
        return self._query(before=self.next)

    @property
    def first_query(self) -> str:
        """The query string that leads back to the newest rows."""
        return self._query()

    def _query(self, **more: Any) -> str:
        values = {"q": self.search, "unread": "true" if self.unread else "", **more}
        return urlencode({name: value for name, value in values.items() if value})


def listing(viewer: Viewer, query: Mapping[str, Any]) -> Listing:
    """The list as the address asks for it."""
    asked = _asked(query)
    return _listing(selectors.inbox(viewer, asked), asked)


def listing_beside(
    viewer: Viewer, conversation_id: UUID, query: Mapping[str, Any]
) -> tuple[Listing, selectors.ConversationSummary]:
    """The same, and the conversation that is open beside it. Raises ConversationNotFound."""
    asked = _asked(query)
    page, conversation = selectors.inbox_with_conversation(viewer, conversation_id, asked)
    return _listing(page, asked), conversation


def _asked(query: Mapping[str, Any]) -> selectors.InboxQuery:
    values = ListForm(query).values()
    return selectors.InboxQuery(search=values["q"], unread=values["unread"], before=values["before"])


def _listing(page: selectors.Page[selectors.ConversationSummary], asked: selectors.InboxQuery) -> Listing:
    return Listing(page.items, asked.search, asked.unread, asked.before, page.next)
