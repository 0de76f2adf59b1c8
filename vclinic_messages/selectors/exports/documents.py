"""The forms that a document can have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vclinic_messages.selectors.exports import as_fhir, as_json, as_page
from vclinic_messages.selectors.exports.records import Record


@dataclass(frozen=True, slots=True)
class Format:
    """How a document is written, and what it is called."""

    label: str | Promise
    chunks: Callable[[Record], Iterator[str]]
    content_type: str
    suffix: str


FORMATS = {
    "html": Format(
        _("A page to read, print or save as PDF"), as_page.chunks, "text/html; charset=utf-8", ".html"
    ),
    "json": Format(_("JSON, for another program"), as_json.chunks, "application/json", ".json"),
    "fhir": Format(
        _("FHIR R4 Communication bundle, for another clinic’s system"),
        as_fhir.chunks,
        "application/fhir+json",
        ".fhir.json",
    ),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A record in one of the forms."""

    record: Record
    format: str

    @property
    def filename(self) -> str:
        """Names nobody: a file's name is seen by more people than its content."""
        day = timezone.localtime(self.record.taken_at).date()
        return f"conversation-{day:%Y-%m-%d}-{str(self.record.id)[:8]}{FORMATS[self.format].suffix}"

    @property
    def content_type(self) -> str:
        return FORMATS[self.format].content_type

    def chunks(self) -> Iterator[str]:
        """The document in pieces, read from the clinic's tables as they are asked for."""
        return FORMATS[self.format].chunks(self.record)
