"""Produce each chunk of a streamed response in the clinic it belongs to.

Django reads a streaming response after the view has returned, under ASGI in another thread. By then
django-tenants has switched the connection to another schema. So each chunk is made in the schema and
time zone that were active when the view called ``streamed``, and in the language of our texts.

A slow reader may take hours. So between two chunks the response has no database connection: otherwise as many
slow readers as the server has connections would stop all clinics.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Protocol, TypeVar

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.utils import timezone, translation

from vclinic_messages.languages import language
from vclinic_messages.tenancy import expected_schema, release_connections, schema_context

ChunkT = TypeVar("ChunkT", str, bytes)


class Request(Protocol):
    """What this module needs of a Django request."""

    method: str | None


def streamed(request: Request, chunks: Iterator[ChunkT]) -> Iterator[ChunkT] | AsyncIterator[ChunkT]:
    """Return the chunks as an iterator for ``StreamingHttpResponse``. It is asynchronous under ASGI.

    A HEAD request gets none. Each chunk costs a database connection if its making needs one, so chunks should
    be big.
    """
    if request.method == "HEAD":
        chunks = iter(())
    next_chunk = _next_chunk_in_clinic(chunks)
    return _asynchronous(next_chunk) if isinstance(request, ASGIRequest) else iter(next_chunk, None)


def _next_chunk_in_clinic(chunks: Iterator[ChunkT]) -> Callable[[], ChunkT | None]:
    schema, shown_in, zone = expected_schema(), language(), timezone.get_current_timezone()

    def next_chunk() -> ChunkT | None:
        try:
            with schema_context(schema), translation.override(shown_in), timezone.override(zone):
                return next(chunks, None)
        finally:
            release_connections()

    return next_chunk


async def _asynchronous(next_chunk: Callable[[], ChunkT | None]) -> AsyncIterator[ChunkT]:
    while (chunk := await sync_to_async(next_chunk)()) is not None:
        yield chunk
