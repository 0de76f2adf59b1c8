"""The addresses in a reminder, and the token that can only switch reminders off."""

from __future__ import annotations

from dataclasses import dataclass

from django.core import signing
from django.urls import NoReverseMatch, reverse

from vclinic_messages.conf import app_settings
from vclinic_messages.tenancy import current_clinic, current_urlconf, expected_schema

_SALT = "vclinic_messages.reminders.stop"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a reminder leads. None where the portal does not include the pages of Messages."""

    inbox: str
    choice: str | None
    stop: str | None


def addresses_for(mailbox: int) -> Addresses | None:
    """Return the addresses in a reminder for this mailbox; None if the portal has not set any."""
    base = base_url()
    if not base:
        return None
    try:
        inbox, choice = _path("inbox"), _path("reminders")
        stop = _path("stop_reminders", stop_token(mailbox))
    except NoReverseMatch:
        return Addresses(f"{base}/", None, None)
    return Addresses(base + inbox, base + choice, base + stop)


def _path(name: str, *args: str) -> str:
    # A command has no request, and so not the URLconf that django-tenants chooses for one.
    return reverse(f"vclinic_messages:{name}", urlconf=current_urlconf(), args=args)


def base_url() -> str:
    """Return the beginning of the current clinic's address, without a slash at its end."""
    value = app_settings.REMINDER_BASE_URL
    return str((value(current_clinic()) if callable(value) else value) or "").rstrip("/")


def stop_token(mailbox: int) -> str:
    """Return a signed text that names a mailbox of the current clinic. It never expires."""
    return signing.dumps([expected_schema(), mailbox], salt=_SALT)


def mailbox_of_token(token: str) -> int | None:
    """Return the mailbox that the token names; None if it is forged or of another clinic."""
    try:
        schema, mailbox = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    return int(mailbox) if schema == expected_schema() else None
