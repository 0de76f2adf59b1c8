"""Coded errors: what the app refuses, and why.

``code`` and ``status`` are the contract with clients; ``detail`` is a translated sentence for people.
No error ever holds the text of a message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class MessagesError(Exception):
    """Base of every refusal. ``code`` is stable, ``status`` the HTTP status, ``detail`` for people."""

    code: ClassVar[str]
    status: ClassVar[int]
    detail: Text

    def __init__(self, detail: Text | None = None) -> None:
        if detail is not None:
            self.detail = detail
        super().__init__(self.code)


class NotAMember(MessagesError):
    """Signed in, but the directory gives this person no role in this clinic."""

    code = "not_a_member"
    status = 403
    detail = _("You are not registered with this clinic.")


class MessagesDisabled(MessagesError):
    """The clinic has Messages switched off. Nothing was saved, nothing is lost."""

    code = "messages_disabled"
    status = 403
    detail = _("Messages is not available at this clinic.")


class ClinicMismatch(MessagesError):
    """The database connection was not in the clinic of this request. Nothing was read or written."""

    code = "clinic_mismatch"
    status = 503
    retry_after = 1
    detail = _("The clinic's data could not be reached. Please try again.")


class Unavailable(MessagesError):
    """The database could not be asked, or could not store: it is gone, overloaded, full or read-only.

    Where the answer to a commit was lost, nobody knows whether something was saved: repeat it with its key.
    """

    code = "unavailable"
    status = 503
    retry_after = 5
    detail = _("Messages could not be reached just now. Please try again in a moment.")


class ConversationNotFound(MessagesError):
    """No such conversation, or the viewer holds no participant in it: the same answer."""

    code = "not_found"
    status = 404
    detail = _("This conversation does not exist.")


class SendingNotAllowed(MessagesError):
    """The person may read but not write here. ``reason`` is one of the constants below."""

    code = "sending_not_allowed"
    status = 403

    ROLE_CHANGED: ClassVar[str] = "role_changed"
    OTHER_LEFT: ClassVar[str] = "other_left"
    STARTING_DISABLED: ClassVar[str] = "starting_disabled"
    ROLE_NOT_ADDRESSABLE: ClassVar[str] = "role_not_addressable"

    def __init__(self, reason: str, detail: Text) -> None:
        self.reason = reason
        super().__init__(detail)


class NotForThisRole(MessagesError):
    """Only staff who take part in the conversation may do this."""

    code = "permission_denied"
    status = 403
    detail = _("Only clinic staff who take part in this conversation can do this.")


class IdempotencyConflict(MessagesError):
    """The key was used before, for another request. Nothing was sent this time."""

    code = "idempotency_conflict"
    status = 409
    detail = _("This was already sent with another text or to someone else. Please check the conversation.")


class Throttled(MessagesError):
    """Too many sends. ``retry_after`` is the number of seconds until one is accepted again."""

    code = "throttled"
    status = 429
    detail = _("You have sent many messages in a short time. Please wait a minute and try again.")

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__()


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field."""

    code: str
    detail: Text


class InvalidInput(MessagesError):
    """Input that cannot be accepted. ``errors`` maps each field to what is wrong with it."""

    code = "invalid"
    status = 400
    detail = _("Please check what you entered.")

    def __init__(self, errors: Mapping[str, Sequence[FieldError]]) -> None:
        self.errors = {field: list(problems) for field, problems in errors.items()}
        super().__init__()

    @classmethod
    def on(cls, field: str, code: str, detail: Text) -> InvalidInput:
        """The common case: one problem of one field."""
        return cls({field: [FieldError(code, detail)]})
