"""Who has lately joined or left the viewer's teams. Its members are told, because joining means reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from vclinic_messages.viewer import MOST_CHANGES, Viewer


@dataclass(frozen=True, slots=True)
class TeamNews:
    """Somebody joined a team of the viewer's, or left it."""

    team: str
    member: str
    is_me: bool
    has_joined: bool
    at: datetime


def team_news(viewer: Viewer) -> list[TeamNews]:
    """Return the changes of members in the viewer's teams, newest first. They were loaded with the viewer."""
    found = [
        TeamNews(box.name, change.name, change.mailbox == viewer.own_mailbox, change.has_joined, change.at)
        for box in viewer.mailboxes
        for change in box.changes
    ]
    return sorted(found, key=lambda news: news.at, reverse=True)[:MOST_CHANGES]
