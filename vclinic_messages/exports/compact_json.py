"""JSON as the documents write it: without extra white space, with letters of all scripts as they are."""

from __future__ import annotations

import json


def compact_json(data: object) -> str:
    """Return the data as JSON on one line."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
