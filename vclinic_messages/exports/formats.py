"""List the formats in which a conversation can be exported."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vclinic_messages.exports import as_fhir, as_json, as_page
from vclinic_messages.exports.document import ConversationDocument


@dataclass(frozen=True, slots=True)
class Format:
    """How a document is written and labelled. ``chunks`` reads the messages while it is iterated."""

    label: str | Promise
    chunks: Callable[[ConversationDocument], Iterator[str]]
    content_type: str
    suffix: str

    def headers(self, document: ConversationDocument) -> dict[str, str]:
        """Return the HTTP headers of the document as a file to download."""
        return {
            "Content-Disposition": f'attachment; filename="{self.filename(document)}"',
            "X-Content-Type-Options": "nosniff",
        }

    def filename(self, document: ConversationDocument) -> str:
        """Return a file name without a person's name, because more people see file names than contents."""
        day = timezone.localtime(document.exported_at).date()
        return f"conversation-{day:%Y-%m-%d}-{str(document.id)[:8]}{self.suffix}"


#: The formats by the name that forms, URLs and the audit trail use.
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
