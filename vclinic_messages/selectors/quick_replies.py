"""Quick replies: those that a person may insert, and those that they or a clinic admin may change."""

from __future__ import annotations

from django.db.models import F, Q, QuerySet

from vclinic_messages.errors import NotForThisRole
from vclinic_messages.models import QuickReply
from vclinic_messages.search.conditions import contains
from vclinic_messages.search.folding import search_words
from vclinic_messages.viewer import Viewer

#: How many quick replies the composer lists. Who has more finds them by the search.
MOST_LISTED = 50


def quick_replies(viewer: Viewer, search: str = "") -> QuerySet[QuickReply]:
    """Return what the viewer may insert, by name: the clinic's for everybody, their role or teams, their own.

    Raises NotForThisRole for a patient.
    """
    if not viewer.role.is_staff:
        raise NotForThisRole
    audience = Q(role="", team__isnull=True) | Q(role=viewer.role) | Q(team__in=viewer.team_ids)
    found = QuickReply.objects.filter(Q(owner__isnull=True) & audience | _own(viewer))
    words = search_words(search)
    if search.strip() and not words:
        return found.none()
    for word in words:
        found = found.filter(contains("folded", word))
    return found.select_related("team").order_by("title", "pk")


def listed_quick_replies(viewer: Viewer, search: str = "") -> tuple[list[QuickReply], bool]:
    """Return what the composer lists, the viewer's own first, and whether there are more."""
    own_first = quick_replies(viewer, search).order_by(F("owner").asc(nulls_last=True), "title", "pk")
    found = list(own_first[: MOST_LISTED + 1])
    return found[:MOST_LISTED], len(found) > MOST_LISTED


def own_quick_replies(viewer: Viewer) -> QuerySet[QuickReply]:
    """Return the viewer's own, by name. Raises NotForThisRole for a patient."""
    if not viewer.role.is_staff:
        raise NotForThisRole
    return QuickReply.objects.filter(_own(viewer)).order_by("title", "pk")


def clinic_quick_replies() -> QuerySet[QuickReply]:
    """Return the clinic's, by name, for a clinic admin."""
    return QuickReply.objects.filter(owner__isnull=True).select_related("team").order_by("title", "pk")


def _own(viewer: Viewer) -> Q:
    return Q(owner__isnull=False, owner=viewer.own_mailbox)
