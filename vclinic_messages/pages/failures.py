"""What a page says when something was not done."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.utils.translation import gettext

from vclinic_messages.errors import IdempotencyConflict, InvalidInput, MessagesError, Throttled, Unavailable


@dataclass(frozen=True, slots=True)
class Failure:
    """A refusal as the alert shows it."""

    title: str
    code: str
    status: int
    details: tuple[str, ...]
    field: str = ""
    """The field that is to be corrected, where one is."""
    retry_after: int | None = None

    @property
    def offers_phone(self) -> bool:
        """Not beside a slip of the pen, nor where the clinic's number is part of the refusal already."""
        return self.status != InvalidInput.status and self.code != "sending_not_allowed"


def not_sent(error: MessagesError) -> Failure:
    """Why a message was not sent."""
    return _failure(gettext("Your message was not sent"), error)


def not_done(error: MessagesError) -> Failure:
    """Why something else was not done."""
    return _failure(gettext("This was not done"), error)


def next_key(key: str | None, failure: Failure | None = None) -> str:
    """The key of the form's next try: the same one, so that nothing is sent twice.

    A new one where the old belongs to another request, or is none.
    """
    spent = failure is not None and failure.code in (IdempotencyConflict.code, "invalid_key")
    return key if key and not spent else str(uuid4())


def _failure(title: str, error: MessagesError) -> Failure:
    if not isinstance(error, InvalidInput):
        wait = error.retry_after if isinstance(error, (Throttled, Unavailable)) else None
        return Failure(title, error.code, error.status, (str(error.detail),), retry_after=wait)
    fields = [name for name in ("recipient", "body") if name in error.errors]
    in_order = dict.fromkeys([*fields, *error.errors])
    details = tuple(str(problem.detail) for name in in_order for problem in error.errors[name])
    code = "invalid_key" if "idempotency_key" in error.errors else error.code
    return Failure(title, code, error.status, details, field=fields[0] if fields else "")
