"""Documents as answers that stream.

A streaming answer is read after the view has returned, under ASGI outside the request's thread of work. So
each piece is made in the clinic, language and time zone that the view had: they travel with the answer.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone, translation

from vclinic_messages.selectors.exports import as_page
from vclinic_messages.selectors.exports.documents import Document
from vclinic_messages.selectors.exports.records import Record
from vclinic_messages.tenancy import expected_schema, inside


def document_response(request: HttpRequest, document: Document) -> StreamingHttpResponse:
    """The document as a file."""
    response = streamed(request, document.chunks(), document.content_type)
    response["Content-Disposition"] = f'attachment; filename="{document.filename}"'
    return response


def print_response(request: HttpRequest, record: Record, **shown: Any) -> StreamingHttpResponse:
    """The page to print, as one of the portal's own. ``shown``: what stands above it on the screen."""
    return streamed(request, as_page.chunks(record, **shown), "text/html; charset=utf-8")


def streamed(request: HttpRequest, chunks: Iterator[str], content_type: str) -> StreamingHttpResponse:
    """These pieces, each made when the server asks for it, in the clinic at hand."""
    step = _stepper(chunks)
    body = _later(step) if isinstance(request, ASGIRequest) else iter(step, None)
    response = StreamingHttpResponse(body, content_type=content_type)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _stepper(chunks: Iterator[str]) -> Callable[[], str | None]:
    schema, language, zone = expected_schema(), translation.get_language(), timezone.get_current_timezone()

    def step() -> str | None:
        with inside(schema), translation.override(language), timezone.override(zone):
            return next(chunks, None)

    return step


async def _later(step: Callable[[], str | None]) -> AsyncIterator[str]:
    while (chunk := await sync_to_async(step)()) is not None:
        yield chunk
