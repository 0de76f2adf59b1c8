"""The errors that the app raises for callers: each has a code.

Clients rely on ``code`` and ``status``. ``detail`` is a translated sentence for people. No error contains the
text of a message.

The docstring of a class with a code says when it is raised. The page "Error codes" of the documentation is
generated from it: run ``make docs``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Translatable = str | Promise


class MessagesError(Exception):
    """Base of all errors here. ``code`` never changes, ``status`` is the HTTP status."""

    code: ClassVar[str]
    status: ClassVar[int]
    detail: Translatable

    def __init__(self, detail: Translatable | None = None) -> None:
        if detail is not None:
            self.detail = detail
        super().__init__(self.code)


class SignedOut(MessagesError):
    """Nobody is signed in."""

    code = "not_authenticated"
    status = 403
    detail = _("You are signed out. Sign in again.")


class NotAMember(MessagesError):
    """The person is signed in, but the directory gives them no role in this clinic."""

    code = "not_a_member"
    status = 403
    detail = _("You are not registered with this clinic.")


class MessagesDisabled(MessagesError):
    """The clinic has switched Messages off. Nothing was saved; earlier messages are not lost."""

    code = "messages_disabled"
    status = 403
    detail = _("Messages is not available at this clinic.")


class ClinicMismatch(MessagesError):
    """The database connection was not in the schema of this request's clinic. Nothing was read or written."""

    code = "clinic_mismatch"
    status = 503
    retry_after = 1
    detail = _("The clinic's data could not be reached. Please try again.")


class Unavailable(MessagesError):
    """The database did not respond or could not save: it is gone, overloaded, full or read-only.

    A portal without ``handler500`` may return 500 instead. If the response to a send was lost, the message
    may have been saved. Repeat the request with its ``Idempotency-Key``: then it is sent once.
    """

    code = "unavailable"
    status = 503
    retry_after = 5
    detail = _("The message service is not available right now. Please try again in a moment.")


class ConversationNotFound(MessagesError):
    """The conversation does not exist, or the person does not take part in it.

    Both cases give the same error, so that nobody can find out which conversations exist.
    """

    code = "not_found"
    status = 404
    detail = _("This conversation does not exist.")


class SendingNotAllowed(MessagesError):
    """The person may read, but not write here.

    ``reason`` is ``role_changed``, ``other_left``, ``starting_disabled``, ``role_not_addressable`` or
    ``team_closed``.
    """

    code = "sending_not_allowed"
    status = 403

    ROLE_CHANGED: ClassVar[str] = "role_changed"
    OTHER_LEFT: ClassVar[str] = "other_left"
    STARTING_DISABLED: ClassVar[str] = "starting_disabled"
    ROLE_NOT_ADDRESSABLE: ClassVar[str] = "role_not_addressable"
    TEAM_CLOSED: ClassVar[str] = "team_closed"

    def __init__(self, reason: str, detail: Translatable) -> None:
        self.reason = reason
        super().__init__(detail)


class NotForThisRole(MessagesError):
    """Only doctors and clinic staff who take part in the conversation may do this."""

    code = "permission_denied"
    status = 403
    detail = _("Only doctors and clinic staff who take part in this conversation can do this.")


class OtherPerson(MessagesError):
    """On pages only: the page was made for somebody else than the person who is signed in now.

    Nothing was sent or saved.
    """

    code = "other_person"
    status = 403
    detail = _("Someone else has signed in since this page was opened. Nothing was sent or saved.")


class StaleForm(MessagesError):
    """On pages: the form has no CSRF token, or one from before the person signed in again."""

    code = "permission_denied"
    status = 403
    detail = _("This page was out of date. Please try again now.")


class IdempotencyConflict(MessagesError):
    """The same ``Idempotency-Key`` was used for another request. Nothing was sent this time."""

    code = "idempotency_conflict"
    status = 409
    detail = _(
        "This form was already used to send another message. Open the conversation to see what was sent."
    )


class AnsweredMeanwhile(MessagesError):
    """Somebody has written in the meantime. Nothing was changed.

    For an undo: "no answer needed" cannot be undone any more. For a send: a colleague of the team has written
    a message that the sender has not ``seen``. ``message`` is its id. To send anyway, repeat the request with
    this id as ``seen``.
    """

    code = "answered_meanwhile"
    status = 409
    detail = _("Somebody has written in this conversation in the meantime. Read it first.")
    by_colleague = _(
        "A colleague has answered in the meantime. Read it, and send again if you still want to."
    )

    def __init__(self, message: int | None = None) -> None:
        #: None for an undo.
        self.message = message
        super().__init__(None if message is None else self.by_colleague)


class DraftConflict(MessagesError):
    """Another version of the draft is stored than the one that the person knows, and stays.

    The refused text is kept next to it.
    """

    code = "draft_conflict"
    status = 409
    detail = _("This draft was changed on another device or in another window.")

    def __init__(self, draft: int | None) -> None:
        #: The primary key of the stored draft, which may be empty by now; None if there is none.
        self.draft = draft
        super().__init__()


class Throttled(MessagesError):
    """The person sent too many messages in a minute, or saved one draft too often.

    On pages also: too many prints, downloads or exports in an hour.
    """

    code = "throttled"
    status = 429
    detail = _("You have sent many messages in a short time. Please wait a minute and try again.")

    def __init__(self, retry_after: int, detail: Translatable | None = None) -> None:
        #: How many seconds they must wait.
        self.retry_after = retry_after
        super().__init__(detail)


@dataclass(frozen=True, slots=True)
class FieldError:
    """One problem with one field."""

    code: str
    detail: Translatable


class InvalidInput(MessagesError):
    """The input is invalid. ``errors`` has the problems of each field."""

    code = "invalid"
    status = 400
    detail = _("Please check what you entered.")

    def __init__(self, errors: Mapping[str, Sequence[FieldError]]) -> None:
        self.errors = {field: list(problems) for field, problems in errors.items()}
        super().__init__()

    @classmethod
    def on(cls, field: str, code: str, detail: Translatable) -> InvalidInput:
        """Return the error for one problem with one field."""
        return cls({field: [FieldError(code, detail)]})


class UnreadableForm(InvalidInput):
    """A form that the portal does not read because it is too big, or that did not arrive complete."""

    def __init__(self, *, is_too_big: bool) -> None:
        if is_too_big:
            self.detail = _("The text is much too long. Shorten it, or send it in several messages.")
            super().__init__({"body": [FieldError("max_length", self.detail)]})
        else:
            self.detail = _("The form did not arrive complete. Please try again.")
            super().__init__({"form": [FieldError("invalid", self.detail)]})


class ChangedMeanwhile(InvalidInput):
    """Somebody else has changed these fields since the form was opened. ``now`` has their present values."""

    def __init__(self, now: Mapping[str, object]) -> None:
        self.now = dict(now)
        text = _("Someone else has changed this to “%(value)s”. Save again to replace it.")
        super().__init__(
            {name: [FieldError("changed_meanwhile", text % {"value": value})] for name, value in now.items()}
        )


class RemindersFailed(Exception):
    """Some reminders were not sent. They stay due.

    ``problems`` has a line for each, with the schema of its clinic and no personal data. ``sent`` is how many
    people were reminded all the same.
    """

    def __init__(self, problems: Sequence[str], sent: int) -> None:
        self.problems = list(problems)
        self.sent = sent
        super().__init__("; ".join(problems))
