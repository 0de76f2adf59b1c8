"""A text that must appear nowhere, with characters that some encodings change and some patterns stop at."""

from __future__ import annotations

SECRET = "burns-when <I> can't pee-für"
#: Parts of it that look the same in JSON, HTML, URLs and SQL.
PARTS = ("burns-when", "t pee-", "t%20pee-", "t+pee-")


def traces(told: str) -> list[str]:
    """Return the parts of the secret that were told. Searches fold what they look for."""
    return [part for part in PARTS if part in told.lower()]


def as_sql() -> str:
    return "'" + SECRET.replace("'", "''") + "'"
