"""Which conversations hold a word."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, GreaterThan

from vclinic_messages.feature import Viewer
from vclinic_messages.models import Message, Participant

#: In how many conversations of a person a search looks one by one.
_NEWEST = 200


def holds(word: str, viewer: Viewer) -> Case:
    """Another participant's name or a message of the conversation holds the word.

    Asked conversation by conversation for the newest ones, which is enough for a word that many hold. For the
    rest in the way that PostgreSQL finds cheaper: among very many, that is looking through the clinic once.
    """
    named = Participant.objects.filter(conversation=OuterRef("conversation"), name__icontains=word)
    named = named.exclude(user=viewer.user)
    written = Message.objects.filter(conversation=OuterRef("conversation"), body__icontains=word)
    newest = Participant.objects.filter(user=viewer.user).order_by("-seq").values("seq")
    is_new = GreaterThan(F("seq"), Coalesce(Subquery(newest[_NEWEST : _NEWEST + 1]), Value(0)))
    return Case(
        When(is_new, then=_condition(_has_one(named) | _has_one(written))),
        default=_condition(Q(Exists(named)) | Q(Exists(written))),
        output_field=BooleanField(),
    )


def _has_one(rows: QuerySet[Any]) -> Q:
    """What EXISTS says; but PostgreSQL never looks through a whole table for it."""
    return Q(Exact(Subquery(rows.values(found=Value(True))[:1]), Value(True)))


def _condition(condition: Q) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(condition, output_field=BooleanField())
