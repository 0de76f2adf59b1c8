"""The SQL statements of a request, by whose they are."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: They do not count: no work of the database's own.
_FRAME = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET search_path)\b", re.IGNORECASE)
_OURS = re.compile(r"vclinic_messages_|pg_notify|current_schema\(\)")


def count(statements: Iterable[str]) -> tuple[int, int]:
    """How many are ours, and how many are tenant, session, user and directory."""
    counted = [bool(_OURS.search(each)) for each in statements if not _FRAME.match(each)]
    return sum(counted), len(counted) - sum(counted)
