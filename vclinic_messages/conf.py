"""Every setting of the app, with its type, default and meaning.

Portals set one dictionary, ``VCLINIC_MESSAGES``. A value is read each time it is used, so
``override_settings`` works. Other modules read ``app_settings`` and ``live_settings``, never the dictionary.

The page "Settings" of the documentation is generated from this module: run ``make docs``.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, overload

from django.conf import global_settings, settings

T = TypeVar("T")

#: The languages into which our texts are translated.
CATALOGUES = ("ar", "de", "en", "es", "fr", "pt")


@dataclass
class Option(Generic[T]):
    """One key of a dictionary of settings. As an attribute it returns the portal's value, or the default.

    A value that is a dictionary replaces single keys of the default, so a portal names only what differs.
    ``minimum`` is the smallest number allowed.
    """

    default: T
    meaning: str
    choices: tuple[T, ...] = ()
    minimum: int | None = None
    name: str = field(init=False)

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the attribute as the key."""
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Option[T]: ...
    @overload
    def __get__(self, instance: Settings, owner: type) -> T: ...
    def __get__(self, instance: Settings | None, owner: type) -> T | Option[T]:
        """Return the portal's value. Accessed on the class, return the option itself."""
        if instance is None:
            return self
        value: Any = instance.values().get(self.name, self.default)
        if isinstance(self.default, dict) and isinstance(value, Mapping):
            value = {**self.default, **value}
        return value

    def problem(self, value: object) -> str | None:
        """Return what is wrong with a value, as the end of a sentence; None for a valid value."""
        expected = type(self.default)
        # In Python True is an int, but it is not a number of seconds.
        is_mistaken_bool = isinstance(value, bool) and expected is not bool
        if is_mistaken_bool or not isinstance(value, expected):
            return f"must be of type {expected.__name__}"
        if self.choices and value not in self.choices:
            return "must be one of " + ", ".join(repr(choice) for choice in self.choices)
        if self.minimum is not None and isinstance(value, int) and value < self.minimum:
            return f"must be at least {self.minimum}"
        return None


class BaseUrl(Option[Any]):
    """A key whose value is the beginning of an address, or a function that returns it for a clinic."""

    def problem(self, value: object) -> str | None:
        """Return what is wrong with a value."""
        if callable(value) or value == "" or _BASE_URL.fullmatch(value if isinstance(value, str) else "-"):
            return None
        return "must be an address such as 'https://portal.example', or a function that returns it"


_BASE_URL = re.compile(r"https?://[^\s/?#]+(/[^\s?#]*)?")


class Settings(ABC):
    """Base of a dictionary of settings: its options are class attributes."""

    @abstractmethod
    def values(self) -> Mapping[str, Any]:
        """Return the keys that the portal sets."""

    @classmethod
    def options(cls) -> dict[str, Option[Any]]:
        """Return the options by key, in the order in which they are declared."""
        return {name: value for name, value in vars(cls).items() if isinstance(value, Option)}


class AppSettings(Settings):
    """The dictionary ``VCLINIC_MESSAGES``."""

    BASE_TEMPLATE = Option("base.html", "The portal's template that the Messages pages extend.")
    COLOR_SCHEME = Option(
        "light",
        "The colours of the Messages pages. Use `auto` only if the portal itself follows the system's "
        "setting.",
        choices=("light", "dark", "auto"),
    )
    DIRECTORY = Option(
        "vclinic_messages.directory.GroupDirectory",
        "Dotted path of the `ClinicDirectory` subclass that knows the portal's people and their roles.",
    )
    GROUPS = Option(
        {"patient": "Patients", "doctor": "Doctors", "admin": "Clinic staff"},
        "The Django group of each role, for `GroupDirectory`. Roles that are not named keep their default.",
    )
    HOME_URL = Option(
        "/",
        'Target of the button "Back to home" on pages that only say why Messages cannot be used: a path or a '
        "URL name.",
    )
    PROTECTIONS = Option(
        "required",
        "Whether PostgreSQL itself protects clinics and messages, with row-level security and triggers. "
        "`required`: migrating fails if the database cannot. `if_possible`: migrating continues without "
        "them. `triggers`: no row-level security, only the triggers that keep messages and the audit trail "
        "from being changed; for Citus. `off`: none are created.",
        choices=("required", "if_possible", "triggers", "off"),
    )
    SENDS_PER_MINUTE = Option(
        30, "How many messages a person may send in 60 seconds, pages and API counted together.", minimum=1
    )
    EXPORTS_PER_HOUR = Option(
        60,
        "How many conversations and reports a person may print, download and export in an hour, all "
        "together. Each is recorded in the audit trail.",
        minimum=1,
    )
    REMINDER_BASE_URL = BaseUrl(
        "",
        "Where the links in reminders lead: the beginning of the portal's address, such as "
        "`https://portal.example`, or a function that gets the clinic (the tenant) and returns it. Without "
        "it no reminder is sent.",
    )
    LIVE: Option[dict[str, Any]] = Option({}, "Notifications: a dictionary, described below.")

    def values(self) -> Mapping[str, Any]:
        """Return the portal's ``VCLINIC_MESSAGES``; an empty dictionary if it is missing or not a dictionary.

        A check reports a value of the wrong type (E001). Reading it must not fail, or the check would never
        run.
        """
        value = getattr(settings, "VCLINIC_MESSAGES", {})
        return value if isinstance(value, Mapping) else {}


class LiveSettings(Settings):
    """The dictionary ``VCLINIC_MESSAGES["LIVE"]``: notifications."""

    MODE = Option(
        "auto",
        "How browsers learn about new messages. `auto`: by a stream where the server offers one, otherwise "
        "by polling. `poll`: only by polling. `off`: neither. With `poll` and `off`, nothing is published "
        "when a message is sent.",
        choices=("auto", "poll", "off"),
    )
    BACKEND = Option(
        "postgres",
        "How processes tell each other of changes. `redis` needs the extra `vclinic-messages[redis]`.",
        choices=("postgres", "redis"),
    )
    STREAM_URL = Option(
        "",
        "Address of the stream if it is not served by the portal's own process: an absolute URL, or a path.",
    )
    LISTEN_DSN = Option(
        "",
        "Connection string of a direct PostgreSQL connection for the listener. Needed if the application "
        "connects through a pooler in transaction mode.",
    )
    REDIS_URL = Option("redis://localhost:6379/0", "The Redis server of the `redis` backend.")
    NOTIFY = Option(
        "transaction",
        "When the `postgres` backend notifies. `transaction`: in the transaction of the change. "
        "`on_commit`: in a transaction of its own, directly after it.",
        choices=("transaction", "on_commit"),
    )
    POLL_SECONDS = Option(20, "Seconds between two polls of a visible page.", minimum=5)
    POLL_SECONDS_HIDDEN = Option(120, "Seconds between two polls of a page in a hidden tab.", minimum=5)
    SAFETY_POLL_SECONDS = Option(300, "Seconds between two polls while a stream is open.", minimum=30)
    HEARTBEAT_SECONDS = Option(
        25, "Seconds between two heartbeats of a stream, which keep proxies from closing it.", minimum=1
    )
    STREAM_MAX_AGE = Option(
        600,
        "Seconds until a stream must be renewed. Varies at random by up to 20 % per stream.",
        minimum=1,
    )
    MAX_STREAMS_PER_PROCESS = Option(
        800, "How many streams one process accepts. Further browsers poll.", minimum=1
    )
    HANDLE_SIGTERM = Option(True, "Whether to end the open streams on SIGTERM, before the server handles it.")
    SHOW_SENDER = Option(True, "Whether notifications name the sender. They never contain text of a message.")

    def values(self) -> Mapping[str, Any]:
        """Return the portal's ``LIVE``; an empty dictionary if it is not a dictionary (E003 reports that)."""
        live: object = app_settings.LIVE
        return live if isinstance(live, Mapping) else {}


def default_language() -> str:
    """Return the portal's own language."""
    return settings.LANGUAGE_CODE


def other_languages() -> list[tuple[str, str]]:
    """Return code and name of the portal's languages besides its own.

    A portal that has not chosen its languages has all that Django knows. Then it is those of our catalogues.
    """
    own = default_language().split("-")[0]
    found = [(code, name) for code, name in settings.LANGUAGES if code.split("-")[0] != own]
    if settings.LANGUAGES != global_settings.LANGUAGES:
        return found
    return [(code, name) for code, name in found if code in CATALOGUES]


app_settings = AppSettings()
live_settings = LiveSettings()


def default_sender() -> str:
    """Return the portal's sender of e-mails."""
    return settings.DEFAULT_FROM_EMAIL


def languages() -> list[tuple[str, str]]:
    """Return the portal's languages: code and name."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def csrf_header() -> str:
    """Return the name of the header in which the portal expects the CSRF token of a script."""
    return settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
