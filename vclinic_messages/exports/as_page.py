"""A conversation as a page for people: to read, to print, to keep as PDF. One file without a script."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.template.loader import get_template, render_to_string
from django.utils.translation import get_language, get_language_bidi

from vclinic_messages.exports.record import ConversationRecord

_STYLE = Path(__file__).parents[1] / "static" / "vclinic_messages" / "css" / "messages-print.css"


def chunks(record: ConversationRecord, **shown: Any) -> Iterator[str]:
    """The page's HTML. ``shown`` goes to the template of its head, as on the portal's own page to print."""
    context = {
        "record": record,
        "style": "" if shown else _STYLE.read_text(),
        "language": get_language() or "en",
        "direction": "rtl" if get_language_bidi() else "ltr",
        **shown,
    }
    yield render_to_string("vclinic_messages/exports/head.html", context)
    message = get_template("vclinic_messages/exports/message.html")
    for batch in record.batches():
        yield "".join(message.render({"message": row}) for row in batch)
    yield render_to_string("vclinic_messages/exports/foot.html", context)
