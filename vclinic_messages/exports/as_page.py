"""Write a conversation as an HTML page to read, print or save as PDF."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from django.template.loader import get_template, render_to_string
from django.utils import timezone
from django.utils.functional import Promise

from vclinic_messages.exports.document import ConversationDocument
from vclinic_messages.languages import direction, language

_STYLE = Path(__file__).parents[1] / "static" / "vclinic_messages" / "css" / "messages-print.css"


def chunks(
    document: ConversationDocument,
    *,
    conversation_url: str | None = None,
    download_url: str = "",
    formats: Sequence[tuple[str, str | Promise]] = (),
) -> Iterator[str]:
    """Yield the HTML page.

    Without ``conversation_url`` it is a file of its own: its styles are inside, and it runs no script. With
    it, it is the portal's page to print, with a print button and with links to the conversation and to the
    ``formats`` (name and label), which are downloaded from ``download_url``.
    """
    context = {
        "document": document,
        "people": [(each, document.known_as[each.mailbox_id]) for each in document.participants],
        "style": "" if conversation_url else _STYLE.read_text(),
        "language": language(),
        "direction": direction(),
        "conversation_url": conversation_url,
        "download_url": download_url,
        "formats": formats,
        "time_zone": str(timezone.get_current_timezone()),
    }
    yield render_to_string("vclinic_messages/exports/head.html", context)
    template = get_template("vclinic_messages/exports/message.html")
    for batch in document.batches():
        yield "".join(
            template.render(
                {
                    "message": message,
                    "known_as": document.told_apart(message),
                    "team": document.for_team(message),
                }
            )
            for message in batch
        )
    yield render_to_string("vclinic_messages/exports/foot.html", context)
