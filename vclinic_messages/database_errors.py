"""What the database could not do, as coded errors. None of them holds a value of a row.

PostgreSQL quotes the refused row in its messages, and the message of an exception goes into logs and error
reports. So what is passed on from a statement that carries a text says what failed, and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, InterfaceError, OperationalError

from vclinic_messages.errors import ClinicMismatch, MessagesError, Unavailable

logger = logging.getLogger("vclinic_messages.database_errors")

#: No such table, no such schema: the search path is not a clinic's.
_NO_CLINIC = {"42P01", "3F000"}
#: A server that may only be read, as after a switch to a standby.
_READ_ONLY = {"25006"}


@contextmanager
def coded_database_errors() -> Iterator[None]:
    """Raise Unavailable or ClinicMismatch for what the database could not do. Mistakes of code pass."""
    try:
        yield
    except Error as error:
        refusal = refusal_for(error)
        if refusal is None:
            raise
        logger.error(
            "%s: the database failed with %s, SQLSTATE %s",
            refusal.code,
            type(error).__name__,
            sqlstate(error) or "none",
        )
        raise refusal from None


@contextmanager
def redacted_database_errors() -> Iterator[None]:
    """Around statements that carry a text: a refusal of the database names no value of the refused row."""
    try:
        yield
    except Error as error:
        if refusal_for(error) is not None:
            raise
        raise type(error)(_described(error)) from None


def refusal_for(error: BaseException) -> MessagesError | None:
    """What to answer if the database, not the request or the code, is at fault; else None."""
    if not isinstance(error, Error):
        return None
    state = sqlstate(error)
    if state in _NO_CLINIC:
        return ClinicMismatch()
    if isinstance(error, (OperationalError, InterfaceError)) or state in _READ_ONLY:
        return Unavailable()
    return None


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's five characters, where the error came from the server."""
    return getattr(error.__cause__, "sqlstate", None)


def _described(error: BaseException) -> str:
    found: Any = getattr(error.__cause__, "diag", None)
    place = [getattr(found, name, None) for name in ("table_name", "column_name", "constraint_name")]
    return " ".join(["SQLSTATE", sqlstate(error) or "none", *(each for each in place if each)])
