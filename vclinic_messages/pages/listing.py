"""The list of conversations next to every page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode
from uuid import UUID

from vclinic_messages import selectors
from vclinic_messages.pages.forms import ListForm, SearchForm
from vclinic_messages.search.folding import SearchWord, has_too_many_words, search_words
from vclinic_messages.viewer import Viewer, ViewerMailbox

#: What separates the values of a position in an address.
_BETWEEN = "~"


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the list, with its search and filters. ``before`` is its position.

    ``mailboxes`` are those to choose from, and ``mailbox`` the chosen one. ``waiting`` and ``unread`` count
    conversations in it, or in all mailboxes.
    """

    rows: list[selectors.ConversationSummary]
    new_message_drafts: list[selectors.NewMessageDraft]
    search: str = field(repr=False)
    show: selectors.Show
    offers_waiting: bool
    before: selectors.Position | None
    next_position: selectors.Position | None
    mailboxes: tuple[ViewerMailbox, ...]
    mailbox: ViewerMailbox | None
    waiting: int
    unread: int

    @property
    def filters(self) -> list[selectors.Show]:
        """The filters to choose from; none where nobody needs them.

        A list that is narrowed always says so, and how to widen it.
        """
        show = selectors.Show
        if self.offers_waiting:
            return [show.WAITING, show.UNREAD, show.ALL]
        return [show.UNREAD, show.ALL] if self.show is show.UNREAD else []

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search.strip() or self.mailbox) or self.show is not selectors.Show.ALL

    @property
    def has_nothing_yet(self) -> bool:
        """Whether the viewer has no conversations and no drafts at all."""
        return not (self.rows or self.new_message_drafts or self.is_narrowed or self.before)

    @property
    def is_without_conversations(self) -> bool:
        """Whether to say that no conversation is listed. Above drafts, only a narrowed list says so."""
        return not self.rows and (self.is_narrowed or not self.new_message_drafts)

    @property
    def words(self) -> list[SearchWord]:
        """The words of the search."""
        return search_words(self.search)

    @property
    def hits(self) -> int:
        """How many messages the search found in these conversations."""
        return sum(row.match.hits for row in self.rows if row.match)

    @property
    def has_too_many_words(self) -> bool:
        """Whether words of the search were left out."""
        return has_too_many_words(self.search)

    @property
    def next(self) -> str:
        """The position of the next page, for an address; empty on the last page."""
        position = self.next_position
        return "" if position is None else _BETWEEN.join(selectors.position_values(position))

    @property
    def next_query(self) -> str:
        """The query string of the next page. It never contains the search."""
        return self._query(before=self.next)

    @property
    def first_query(self) -> str:
        """The query string of the first page."""
        return self._query()

    def _query(self, **more: object) -> str:
        chosen = self.mailbox.name_in_lists if self.mailbox else ""
        values = {"show": self.show if self.filters else "", "mailbox": chosen, **more}
        return urlencode({name: value for name, value in values.items() if value})


def listing(viewer: Viewer, query: Mapping[str, object], *, search: str = "") -> Listing:
    """Return the part of the list that a query string or a posted form asks for."""
    inbox_query = _inbox_query(viewer, query, search)
    return _listing(viewer, selectors.inbox(viewer, inbox_query), inbox_query)


def listing_with_conversation(
    viewer: Viewer, conversation_id: UUID, query: Mapping[str, object], *, search: str = ""
) -> tuple[Listing, selectors.ConversationSummary]:
    """Return the list and one conversation in one query. Raises ConversationNotFound."""
    # ``before`` of this address is a message of the conversation.
    inbox_query = replace(_inbox_query(viewer, query, search), before=None)
    page, conversation = selectors.inbox_with_conversation(viewer, conversation_id, inbox_query)
    return _listing(viewer, page, inbox_query), conversation


def posted_search(form: Mapping[str, object]) -> str:
    """Return the words of a posted search. An address never has any: it ends up in logs and histories."""
    return str(SearchForm(form).values()["q"])


def list_place(form: Mapping[str, object]) -> dict[str, str]:
    """Return the filters and the position that a form was posted with, for an address."""
    values = ListForm(form).values()
    return {name: values[name] for name in ("show", "mailbox", "before") if values[name]}


def _inbox_query(viewer: Viewer, query: Mapping[str, object], search: str) -> selectors.InboxQuery:
    values = ListForm(query).values()
    mailbox = next((each for each in viewer.mailboxes if each.name_in_lists == values["mailbox"]), None)
    waiting = viewer.waiting_conversations if mailbox is None else mailbox.waiting_conversations
    show = _shown(viewer, values, waiting)
    before = selectors.read_position(show, values["before"].split(_BETWEEN)) if values["before"] else None
    # A new message is written by a person, never by a team.
    is_own = mailbox is None or mailbox.team is None
    return selectors.InboxQuery(
        search=search,
        show=show,
        before=before,
        with_new_message_drafts=is_own and not search.strip() and before is None,
        mailbox=mailbox.id if mailbox else None,
    )


def _shown(viewer: Viewer, values: Mapping[str, str], waiting: int) -> selectors.Show:
    """Return which conversations to show. Staff see their waiting list first, if it is not empty."""
    show = selectors.Show
    chosen = show(values["show"]) if values["show"] else show.UNREAD if values["unread"] else None
    if not viewer.role.is_staff:
        return show.UNREAD if chosen is show.UNREAD else show.ALL
    return chosen or (show.WAITING if waiting else show.ALL)


def _listing(viewer: Viewer, page: selectors.InboxPage, query: selectors.InboxQuery) -> Listing:
    mailbox = next((each for each in viewer.mailboxes if each.id == query.mailbox), None)
    counted = viewer if mailbox is None else mailbox
    return Listing(
        page.items,
        page.new_message_drafts,
        query.search,
        query.show,
        viewer.role.is_staff,
        query.before,
        page.next,
        viewer.mailboxes if len(viewer.mailboxes) > 1 else (),
        mailbox,
        counted.waiting_conversations,
        counted.unread_conversations,
    )
