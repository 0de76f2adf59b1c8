"""The picker of recipients in the form for a new message.

``parts/recipient.html`` renders a recipient, from the fields of ``directory.Person``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from vclinic_messages import selectors
from vclinic_messages.directory import Person
from vclinic_messages.models import Role
from vclinic_messages.pages.forms import FindForm
from vclinic_messages.policies import ROLE_FILTERS, TEAMS_FILTER, addressable_roles
from vclinic_messages.search.folding import has_too_many_words
from vclinic_messages.viewer import Viewer

PAGE = 50

_LABELS = {
    "all": pgettext_lazy("vclinic_messages people", "All"),
    TEAMS_FILTER: pgettext_lazy("vclinic_messages", "Teams"),
    "doctors": pgettext_lazy("vclinic_messages", "Doctors"),
    "patients": pgettext_lazy("vclinic_messages", "Patients"),
}


@dataclass(frozen=True, slots=True)
class Picker:
    """The teams and people to choose from, in groups, and who is chosen."""

    search: str = field(repr=False)
    filter: str
    filters: list[tuple[str, str | Promise]]
    teams: list[selectors.TeamRecipient]
    recent: list[Person]
    people: list[Person]
    listed: int
    next: int | None
    chosen: Person | None
    existing: selectors.ConversationSummary | None
    """A conversation with the chosen person in which the viewer can reply."""
    away: dict[str, selectors.Away]
    """Who of them is away today, by id."""

    @property
    def chosen_away(self) -> selectors.Away | None:
        """The absence of the chosen recipient, if they are away today."""
        return self.away.get(self.chosen.id) if self.chosen else None

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search) or self.filter != "all"

    @property
    def chosen_elsewhere(self) -> Person | None:
        """The chosen person if neither list contains them, so that a search does not lose the choice."""
        shown = {person.id for person in (*self.teams, *self.recent, *self.people)}
        return self.chosen if self.chosen and self.chosen.id not in shown else None

    @property
    def offers_teams(self) -> bool:
        """Whether there are teams to write to. A search then finds what they are for, too."""
        return any(name == TEAMS_FILTER for name, _label in self.filters)

    @property
    def has_too_many_words(self) -> bool:
        """Whether words of the search were left out."""
        return has_too_many_words(self.search)

    @property
    def finds_many(self) -> bool:
        """Whether more people may match the search than are listed, or can be listed at all."""
        return bool(self.search) and (self.next is not None or self.count >= selectors.MOST_FOUND)

    @property
    def count(self) -> int:
        return len(self.teams) + len(self.recent) + len(self.people)


def picker(viewer: Viewer, query: Mapping[str, object]) -> Picker:
    """Return the picker for what the form asks for."""
    values = FindForm(query).values()
    has_teams = bool(teams := selectors.teams(viewer))
    filters = _filters(viewer, has_teams=has_teams)
    name = values["filter"] if values["filter"] in dict(filters) else "all"
    search = values["q"].strip()
    listed = values["more"] or values["listed"] or PAGE
    page = _people(viewer, name, search, listed)
    recent = [] if search or name != "all" else selectors.recent_recipients(viewer)
    chosen = selectors.recipient(viewer, values["recipient"]) if values["recipient"] else None
    shown_teams = _shown_teams(viewer, teams, name, search)
    everybody = [*shown_teams, *recent, *page.items, *([chosen] if chosen else [])]
    return Picker(
        search=search,
        filter=name,
        filters=filters if len(filters) > 1 else [],
        teams=shown_teams,
        recent=recent,
        people=[person for person in page.items if person not in recent],
        listed=listed,
        next=page.next,
        chosen=chosen,
        existing=selectors.conversation_with(viewer, chosen.id) if chosen else None,
        away=selectors.absences_of(viewer, everybody),
    )


def _people(viewer: Viewer, name: str, search: str, limit: int) -> selectors.Page[Person, int]:
    if name == TEAMS_FILTER:
        return selectors.Page([], None)
    return selectors.recipients(viewer, role=ROLE_FILTERS[name], search=search, limit=limit)


def _shown_teams(
    viewer: Viewer, teams: list[selectors.TeamRecipient], name: str, search: str
) -> list[selectors.TeamRecipient]:
    if name not in ("all", TEAMS_FILTER):
        return []
    return selectors.teams(viewer, search=search) if search and teams else teams


def _filters(viewer: Viewer, *, has_teams: bool) -> list[tuple[str, str | Promise]]:
    """Return "All" and what has a filter of its own. Clinic staff are found under "All"."""
    roles = addressable_roles(viewer.role, viewer.settings)
    names = ["all"]
    names += [TEAMS_FILTER] if has_teams else []
    if Role.DOCTOR in roles:
        names += [name for name in ("doctors", "patients") if ROLE_FILTERS[name] in roles]
    return [(name, _LABELS[name]) for name in names]
