"""The e-mail of a reminder. It names no person, no topic and no text."""

from __future__ import annotations

import email.policy
from email.utils import formataddr, parseaddr
from typing import Any

import django
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from vclinic_messages.conf import default_language, default_sender
from vclinic_messages.models import MessagesSettings
from vclinic_messages.reminders.addresses import Addresses
from vclinic_messages.reminders.waiting import Waiting
from vclinic_messages.tenancy import clinic_name
from vclinic_messages.times import Times

#: The template folder of both mails. ``reminder`` is for patients, ``digest`` for staff.
TEMPLATES = "vclinic_messages/emails"


class _Mail(EmailMultiAlternatives):
    """A mail whose addresses in headers stay in one line, as mail programs need them.

    Django's own folding would encode the longer ones.
    """

    def message(self, **options: Any) -> Any:
        """Return the mail for the backend."""
        if django.VERSION >= (6, 0):
            policy = options.get("policy", email.policy.default)
            options["policy"] = policy.clone(max_line_length=900)
        return super().message(**options)


def reminder_mail(
    *,
    to: str,
    language: str,
    is_staff: bool,
    waiting: Waiting,
    settings: MessagesSettings,
    addresses: Addresses,
) -> EmailMultiAlternatives:
    """Return the mail in this language, with its times in the clinic's zone."""
    name = "digest" if is_staff else "reminder"
    shown_name = " ".join(clinic_name().split()) if settings.reminders_name_clinic else ""
    with translation.override(_supported(language)), timezone.override(settings.zone):
        context = {
            "clinic_name": shown_name,
            "inbox_url": addresses.inbox,
            "choice_url": addresses.choice,
            "settings": settings,
            "count": waiting.count,
            "since": Times().within_sentence(waiting.since) if waiting.since else "",
            "language": translation.get_language(),
            "is_bidi": translation.get_language_bidi(),
        }
        subject = render_to_string(f"{TEMPLATES}/{name}_subject.txt", context)
        mail = _Mail(
            subject=" ".join(subject.split()),
            body=render_to_string(f"{TEMPLATES}/{name}.txt", context),
            from_email=_sender(shown_name),
            to=[to],
            headers=_headers(addresses),
        )
        mail.attach_alternative(render_to_string(f"{TEMPLATES}/{name}.html", context), "text/html")
    return mail


def _headers(addresses: Addresses) -> dict[str, str]:
    found = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if addresses.stop:
        # One click: https://www.rfc-editor.org/rfc/rfc8058
        found["List-Unsubscribe"] = f"<{addresses.stop}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return found


def _sender(name: str) -> str:
    """Return the portal's sender, with the name of the clinic if it may be shown."""
    sender = default_sender()
    return formataddr((name, parseaddr(sender)[1])) if name else sender


def _supported(language: str) -> str:
    """Return the language, or the portal's own if it does not have this one."""
    try:
        return translation.get_supported_language_variant(language)
    except LookupError:
        return default_language()
