"""Count the SQL statements of a request: those of Messages and all others."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Statements that do not count, because they read and write no rows.
_FRAME = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET search_path)\b", re.IGNORECASE)
#: The directory's question for a person's groups names a table of ours only to check the clinic.
_DIRECTORY = re.compile(r"SELECT ARRAY")
_OURS = re.compile(r"vclinic_messages_|pg_notify|current_schema\(\)")


def count(statements: Iterable[str]) -> tuple[int, int]:
    """Return how many are of Messages, and how many are of tenants, sessions, users and the directory."""
    counted = [_is_ours(each) for each in statements if not _FRAME.match(each)]
    return sum(counted), len(counted) - sum(counted)


def _is_ours(statement: str) -> bool:
    return _OURS.search(statement) is not None and not _DIRECTORY.match(statement)
