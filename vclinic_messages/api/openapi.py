"""Describe the calls for drf-spectacular, in portals that have it. Without it this does nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeVar

from rest_framework import serializers

from vclinic_messages.api.descriptions import OPERATIONS, PARAMETERS
from vclinic_messages.api.outputs import DraftOutput, MessageOutput, NewDraftOutput

try:
    from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
except ImportError:
    HAS_SPECTACULAR = False
else:
    HAS_SPECTACULAR = True

F = TypeVar("F", bound=Callable[..., Any])


class FieldErrorOutput(serializers.Serializer[Any]):
    """What is wrong with a value. ``code`` is for programs, ``detail`` for people."""

    code = serializers.CharField()
    detail = serializers.CharField()


class ErrorOutput(serializers.Serializer[Any]):
    """A refusal. ``code`` is for programs, ``detail`` for people."""

    code = serializers.CharField()
    detail = serializers.CharField()
    reason = serializers.CharField(required=False)
    errors = serializers.DictField(child=FieldErrorOutput(many=True), required=False)  # type: ignore[assignment]


class NoDraftOutput(ErrorOutput):
    """There is no draft. ``version`` is the one from which a new one begins, if there is a conversation."""

    version = serializers.IntegerField(required=False)


class DraftConflictOutput(ErrorOutput):
    """Another version is stored. ``draft`` is null if its text was sent or discarded."""

    version = serializers.IntegerField()
    draft = DraftOutput(allow_null=True)


class NewDraftConflictOutput(ErrorOutput):
    """Another version is stored, perhaps for another recipient than the known one."""

    version = serializers.IntegerField()
    draft = NewDraftOutput(allow_null=True)


class AnsweredMeanwhileOutput(ErrorOutput):
    """A colleague has answered. ``message`` is their message; send again with its id as ``seen``.

    An idempotency key that was used for another request is refused with the same status, without it.
    """

    message = MessageOutput(required=False)


def documented(
    name: str,
    output: type[serializers.Serializer[Any]] | None,
    *,
    takes: type[serializers.Serializer[Any]] | None = None,
    status: int = 200,
    paged: bool = False,
    one: bool = False,
    sends: bool = False,
    takes_cursor: bool = False,
    filters: Mapping[str, type | list[str]] | None = None,
    also: Mapping[int, type[ErrorOutput] | None] | None = None,
) -> Callable[[F], F]:
    """Describe a handler: its operation id, output and input, and the refusals that it can respond with.

    ``paged``: it returns a page of outputs. ``one``: it is about one conversation. ``sends``: it accepts
    an Idempotency-Key and has a limit of sends. ``takes_cursor``: it can respond with ``invalid_cursor``.
    ``filters``: its other parameters, each with its type or its possible values. ``also``: other statuses.
    """
    if not HAS_SPECTACULAR:
        return lambda handler: handler
    refusals = {401, 403, 405, 503}
    refusals |= {404} if one else set()
    refusals |= {400} if paged or takes_cursor else set()
    refusals |= {409, 429} if sends else set()
    result = _page_of(output) if paged and output else output

    summary, description = OPERATIONS.get(name, (None, None))

    def describe(handler: F) -> F:
        more = {400, 415} if handler.__name__ in ("post", "put") else set()
        decorate: Callable[[F], F] = extend_schema(
            operation_id=name,
            summary=summary,
            description=description,
            request=takes,
            responses={status: result, **dict.fromkeys(sorted(refusals | more), ErrorOutput), **(also or {})},
            parameters=list(_parameters(paged=paged, sends=sends, filters=filters or {})),
            filters=False,
        )
        return decorate(handler)

    return describe


def _page_of(output: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    return inline_serializer(
        f"{output.__name__.removesuffix('Output')}Page",
        {
            "next": serializers.CharField(allow_null=True),
            "previous": serializers.CharField(allow_null=True),
            "truncated": serializers.BooleanField(required=False),
            "results": output(many=True),
        },
    )


def _parameters(
    *, paged: bool, sends: bool, filters: Mapping[str, type | list[str]]
) -> Iterator[OpenApiParameter]:
    if paged:
        yield _parameter("cursor", str)
    if sends:
        yield _parameter("Idempotency-Key", str, OpenApiParameter.HEADER)
        yield _parameter("Retry-After", int, OpenApiParameter.HEADER, response=[429])
    yield _parameter("Retry-After", int, OpenApiParameter.HEADER, response=[503])
    for name, kind in filters.items():
        if isinstance(kind, list):
            yield _parameter(name, str, enum=kind)
        else:
            yield _parameter(name, kind)


def _parameter(
    name: str,
    kind: type,
    location: Literal["query", "header"] = "query",
    *,
    response: list[int] | None = None,
    enum: Any = None,
) -> OpenApiParameter:
    description = PARAMETERS.get(name, "")
    return OpenApiParameter(
        name, kind, location, description=description, response=response or False, enum=enum
    )
