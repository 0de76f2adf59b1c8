"""Count the SQL statements of a request: those of Messages and all others."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Statements that do not count, because they read and write no rows.
_FRAME = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET search_path)\b", re.IGNORECASE)
_OURS = re.compile(r"vclinic_messages_|pg_notify|current_schema\(\)")


def count(statements: Iterable[str]) -> tuple[int, int]:
    """Return how many are of Messages, and how many are of tenants, sessions, users and the directory."""
    counted = [bool(_OURS.search(each)) for each in statements if not _FRAME.match(each)]
    return sum(counted), len(counted) - sum(counted)
