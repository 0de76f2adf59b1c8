"""Chunks of text that are made while the answer is sent.

A streaming answer is read after the view has returned, under ASGI outside the request's thread. By then
django-tenants has switched the connection away from the clinic. So each chunk is made inside the clinic,
language and time zone of the view, which travel with the iterator.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.utils import timezone, translation

from vclinic_messages.tenancy import expected_schema, schema_context


def streamed(request: object, chunks: Iterator[str]) -> Iterator[str] | AsyncIterator[str]:
    """Return the chunks as an iterator for ``StreamingHttpResponse``: asynchronous under ASGI."""
    next_chunk = _next_chunk_in_clinic(chunks)
    return _asynchronous(next_chunk) if isinstance(request, ASGIRequest) else iter(next_chunk, None)


def _next_chunk_in_clinic(chunks: Iterator[str]) -> Callable[[], str | None]:
    schema, language, zone = expected_schema(), translation.get_language(), timezone.get_current_timezone()

    def next_chunk() -> str | None:
        with schema_context(schema), translation.override(language), timezone.override(zone):
            return next(chunks, None)

    return next_chunk


async def _asynchronous(next_chunk: Callable[[], str | None]) -> AsyncIterator[str]:
    while (chunk := await sync_to_async(next_chunk)()) is not None:
        yield chunk
