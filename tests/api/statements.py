"""Count the SQL statements of a request by their purpose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

_NOT_COUNTED = re.compile(r"(SAVEPOINT|RELEASE|ROLLBACK|BEGIN|COMMIT|SET search_path)\b", re.IGNORECASE)
_WHOSE = [
    # The directory's question for a person's groups names a table of ours only to check the clinic.
    ("directory", re.compile(r"^SELECT ARRAY")),
    ("own", re.compile(r"vclinic_messages_|pg_notify|^SELECT 1 WHERE current_schema\(\)")),
    ("tenant", re.compile(r'FROM "clinics_')),
    ("session", re.compile(r"django_session")),
]


def statements(request: Callable[[], Any]) -> Counter[str]:
    """Return how many statements a request costs: ``own``, ``tenant``, ``session``, ``user``, ``directory``.

    The first statement about users loads the one who is signed in; the others are the directory's.
    """
    with CaptureQueriesContext(connection) as captured:
        request()
    counted: Counter[str] = Counter()
    for query in captured.captured_queries:
        if not _NOT_COUNTED.match(query["sql"]):
            counted[_whose(query["sql"], counted)] += 1
    return counted


def _whose(sql: str, counted: Counter[str]) -> str:
    for whose, pattern in _WHOSE:
        if pattern.search(sql):
            return whose
    assert '"auth_' in sql, sql
    return "directory" if counted["user"] else "user"
