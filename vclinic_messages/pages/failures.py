"""Describe for a page why something was not done."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

from django.utils.translation import gettext

from vclinic_messages.errors import (
    IdempotencyConflict,
    InvalidInput,
    MessagesError,
    SendingNotAllowed,
    StaleForm,
    Throttled,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error as the alert shows it."""

    title: str
    code: str
    status: int
    details: tuple[str, ...]
    fields: tuple[str, ...] = ()
    """The names of the fields to correct, in the order of the form."""
    retry_after: int | None = None

    @property
    def field(self) -> str:
        """The first field to correct; empty if there is none."""
        return self.fields[0] if self.fields else ""

    @property
    def offers_phone(self) -> bool:
        """Whether the alert says whom to phone.

        Not if the person can correct the form and send it, nor if the error's text contains the number.
        """
        return self.status != InvalidInput.status and self.code not in (
            SendingNotAllowed.code,
            StaleForm.code,
        )


def not_sent(error: MessagesError) -> Failure:
    """Return why a message was not sent.

    A page sends again with the same key only after it got no answer. If the text was changed meanwhile, the
    conflict says that the first text has arrived.
    """
    if isinstance(error, IdempotencyConflict):
        said = gettext("What you changed is still below. You can send it as a new message.")
        return Failure(
            gettext("Your message arrived as you first wrote it"), error.code, error.status, (said,)
        )
    return _failure(gettext("Your message was not sent"), error)


def not_done(error: MessagesError) -> Failure:
    """Return why something else was not done."""
    return _failure(gettext("Your change was not saved"), error)


def draft_not_saved(error: MessagesError) -> Failure:
    """Return why a draft was not saved."""
    return _failure(gettext("Your draft was not saved"), error)


def next_key(key: str | None, failure: Failure | None = None) -> str:
    """Return the idempotency key for the form's next try.

    It is the same key, so that nothing is sent twice. If the old key is not valid or was used for another
    message, it is a new one.
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
    return Failure(title, code, error.status, details, fields=tuple(fields))
