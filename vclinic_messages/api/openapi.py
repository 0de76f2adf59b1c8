"""What drf-spectacular is told about the calls, in portals that have it. Elsewhere this does nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework import serializers

try:
    from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
except ImportError:
    HAS_SPECTACULAR = False
else:
    HAS_SPECTACULAR = True

F = TypeVar("F", bound=Callable[..., Any])


class FieldErrorOutput(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


class ErrorOutput(serializers.Serializer[Any]):
    """A refusal: ``code`` is for programs, ``detail`` for people."""

    code = serializers.CharField()
    detail = serializers.CharField()
    reason = serializers.CharField(required=False)
    errors = serializers.DictField(child=FieldErrorOutput(many=True), required=False)  # type: ignore[assignment]


def documented(
    name: str,
    output: type[serializers.Serializer[Any]],
    *,
    takes: type[serializers.Serializer[Any]] | None = None,
    status: int = 200,
    paged: bool = False,
    one: bool = False,
    sends: bool = False,
    takes_cursor: bool = False,
    filters: dict[str, Any] | None = None,
) -> Callable[[F], F]:
    """Describe a handler: its name, its output and input, and which refusals of the contract it can answer with.

    ``one``: it is about one conversation; ``sends``: it takes an Idempotency-Key and has a limit.
    """
    if not HAS_SPECTACULAR:
        return lambda handler: handler
    refusals = {401, 403, 503}
    refusals |= {404} if one else set()
    refusals |= {400} if takes or paged or takes_cursor else set()
    refusals |= {415} if takes else set()
    refusals |= {409, 429} if sends else set()
    answer: Any = _page_of(output) if paged else output
    decorate: Callable[[F], F] = extend_schema(
        operation_id=name,
        request=takes,
        responses={status: answer, **dict.fromkeys(sorted(refusals), ErrorOutput)},
        parameters=list(_parameters(paged=paged, sends=sends, filters=filters or {})),
        filters=False,
    )
    return decorate


def _page_of(output: type[serializers.Serializer[Any]]) -> Any:
    return inline_serializer(
        f"{output.__name__.removesuffix('Output')}Page",
        {
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            "results": output(many=True),
        },
    )


def _parameters(*, paged: bool, sends: bool, filters: dict[str, Any]) -> Any:
    if paged:
        yield OpenApiParameter("cursor", str)
    if sends:
        yield OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)
    for name, kind in filters.items():
        if isinstance(kind, list):
            yield OpenApiParameter(name, str, enum=kind)
        else:
            yield OpenApiParameter(name, kind)
