"""Who has lately joined or left the viewer's teams. Its members are told, because joining means reading."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from vclinic_messages.models import AuditEvent
from vclinic_messages.viewer import Viewer

#: For how long members are told.
NEWS_DAYS = 7
#: The most changes that are told: the newest.
_MOST_NEWS = 20


@dataclass(frozen=True, slots=True)
class TeamNews:
    """Somebody joined a team of the viewer's, or left it."""

    team: str
    member: str
    is_me: bool
    has_joined: bool
    at: datetime


def team_news(viewer: Viewer) -> list[TeamNews]:
    """Return the changes of members in the viewer's teams, newest first. No statement without a team."""
    if not viewer.team_ids:
        return []
    joined, left = AuditEvent.Action.TEAM_JOINED, AuditEvent.Action.TEAM_LEFT
    since = timezone.now() - timedelta(days=NEWS_DAYS)
    found = AuditEvent.objects.filter(action__in=(joined, left), at__gt=since)
    mine = found.filter(details__team__in=[str(team) for team in viewer.team_ids])
    names = {mailbox.team: mailbox.name for mailbox in viewer.mailboxes}
    return [
        TeamNews(
            team=next(name for team, name in names.items() if str(team) == details["team"]),
            member=details["member"],
            is_me=details["mailbox"] == viewer.own_mailbox,
            has_joined=action == joined,
            at=at,
        )
        for action, details, at in mine.order_by("-at", "-pk").values_list("action", "details", "at")[
            :_MOST_NEWS
        ]
    ]
