"""Translate database errors into coded errors, and keep the values of rows out of exceptions.

When PostgreSQL refuses a row, it quotes the row in its error message. The messages of exceptions end up in
logs and error reports, where no message text may appear. So around statements with a message text or the
reason of an export, the exception is replaced by one that names only what failed: SQLSTATE, table, column and
constraint.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, InterfaceError, OperationalError

from vclinic_messages.errors import ClinicMismatch, MessagesError, Unavailable

logger = logging.getLogger("vclinic_messages.database_errors")

#: The table or schema does not exist, so the search path is not that of a clinic.
_NO_CLINIC = {"42P01", "3F000"}
#: The server accepts only reads, for example after a failover to a standby.
_READ_ONLY = {"25006"}


@contextmanager
def coded_database_errors() -> Iterator[None]:
    """Raise Unavailable or ClinicMismatch instead of the errors that ``refusal_for`` translates.

    Other database errors are mistakes in code and pass unchanged.
    """
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
    """Replace the message of database errors by one without values of rows.

    Use it around every statement that contains the text of a message or the reason of an export.
    """
    try:
        yield
    except Error as error:
        if refusal_for(error) is not None:
            raise
        raise type(error)(_description(error)) from None


def refusal_for(error: BaseException | None) -> MessagesError | None:
    """Return the coded error if the database is at fault, or None if the request or the code is."""
    if not isinstance(error, Error):
        return None
    state = sqlstate(error)
    if state in _NO_CLINIC:
        return ClinicMismatch()
    if isinstance(error, (OperationalError, InterfaceError)) or state in _READ_ONLY:
        return Unavailable()
    return None


def sqlstate(error: BaseException) -> str | None:
    """Return PostgreSQL's error code of five characters, or None if the error is not the server's."""
    return getattr(error.__cause__, "sqlstate", None)


def _description(error: BaseException) -> str:
    diagnostics = getattr(error.__cause__, "diag", None)
    names = [getattr(diagnostics, each, None) for each in ("table_name", "column_name", "constraint_name")]
    return " ".join(["SQLSTATE", sqlstate(error) or "none", *(name for name in names if name)])
