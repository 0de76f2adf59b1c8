"""The list of conversations next to every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from vclinic_messages import selectors
from vclinic_messages.pages.forms import ListForm, SearchForm
from vclinic_messages.search.folding import has_too_many_words
from vclinic_messages.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, with its search and filter."""

    rows: list[selectors.ConversationSummary]
    new_messages: list[selectors.NewMessageDraft]
    search: str
    unread: bool
    before: int | None
    next: int | None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search.strip()) or self.unread

    @property
    def has_nothing_yet(self) -> bool:
        """Whether the viewer has no conversations and no drafts at all."""
        return not (self.rows or self.new_messages or self.is_narrowed or self.before)

    @property
    def has_too_many_words(self) -> bool:
        """Whether words of the search were left out."""
        return has_too_many_words(self.search)

    @property
    def next_query(self) -> str:
        """The query string of the next page. It never contains the search."""
        return self._query(before=self.next)

    @property
    def first_query(self) -> str:
        """The query string of the first page, with the newest conversations."""
        return self._query()

    def _query(self, **more: object) -> str:
        values = {"unread": "true" if self.unread else "", **more}
        return urlencode({name: value for name, value in values.items() if value})


def listing(viewer: Viewer, query: Mapping[str, object], *, search: str = "") -> Listing:
    """Return the part of the list that a query string or a posted form asks for."""
    inbox_query = _inbox_query(query, search)
    return _listing(selectors.inbox(viewer, inbox_query), inbox_query)


def listing_with_conversation(
    viewer: Viewer, conversation_id: UUID, query: Mapping[str, object], *, search: str = ""
) -> tuple[Listing, selectors.ConversationSummary]:
    """Return the list and one conversation in one query. Raises ConversationNotFound."""
    inbox_query = _inbox_query(query, search)
    page, conversation = selectors.inbox_with_conversation(viewer, conversation_id, inbox_query)
    return _listing(page, inbox_query), conversation


def posted_search(form: Mapping[str, object]) -> str:
    """Return the words of a posted search. An address never has any: it ends up in logs and histories."""
    return str(SearchForm(form).values()["q"])


def _inbox_query(query: Mapping[str, object], search: str) -> selectors.InboxQuery:
    values = ListForm(query).values()
    unread, before = values["unread"], values["before"]
    return selectors.InboxQuery(
        search=search,
        unread=unread,
        before=before,
        new_messages=not (search.strip() or unread or before),
    )


def _listing(page: selectors.InboxPage, query: selectors.InboxQuery) -> Listing:
    return Listing(page.items, page.new_messages, query.search, query.unread, query.before, page.next)
