"""Every setting of the app, with its type, default and meaning.

Portals set one dictionary, ``VCLINIC_MESSAGES``. Values are read when they are used, so that tests and
``override_settings`` work; nothing else in the package reads ``django.conf.settings`` for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, TypeVar, overload

from django.conf import settings

T = TypeVar("T")


class Option(Generic[T]):
    """One key of the dictionary: its default, the types it accepts and what it means."""

    def __init__(
        self, default: T, doc: str, *, choices: tuple[T, ...] = (), minimum: int | None = None
    ) -> None:
        self.default = default
        self.choices = choices
        self.minimum = minimum
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Option[T]: ...
    @overload
    def __get__(self, instance: Group, owner: type) -> T: ...
    def __get__(self, instance: Group | None, owner: type) -> T | Option[T]:
        if instance is None:
            return self
        value: T = instance.values().get(self.name, self.default)
        if isinstance(self.default, dict) and isinstance(value, Mapping):
            return {**self.default, **value}  # type: ignore[return-value]
        return value

    def problem(self, value: object) -> str | None:
        """What is wrong with ``value`` for this key, or None."""
        expected = type(self.default)
        is_number = isinstance(value, int) and not isinstance(value, bool)
        if (expected is int and not is_number) or (expected is not int and not isinstance(value, expected)):
            return f"must be of type {expected.__name__}"
        if self.choices and value not in self.choices:
            return "must be one of " + ", ".join(repr(choice) for choice in self.choices)
        if self.minimum is not None and isinstance(value, int) and value < self.minimum:
            return f"must be at least {self.minimum}"
        return None


class Group:
    """A dictionary of options."""

    def values(self) -> Mapping[str, Any]:
        raise LookupError(type(self))

    @classmethod
    def options(cls) -> Iterator[Option[Any]]:
        """The options in the order in which they are declared."""
        return (value for value in vars(cls).values() if isinstance(value, Option))


class LiveSettings(Group):
    """``VCLINIC_MESSAGES["LIVE"]``: notifications."""

    MODE = Option(
        "auto",
        "How browsers learn of new messages: auto streams where a stream is offered, poll only asks, "
        "off does neither.",
        choices=("auto", "poll", "off"),
    )
    BACKEND = Option(
        "postgres",
        "What carries pokes between processes. redis needs the extra of that name; null carries nothing.",
        choices=("postgres", "redis", "null"),
    )
    STREAM_URL = Option(
        "", "Where the stream is reached, if not on the portal's own origin: an absolute address."
    )
    LISTEN_DSN = Option(
        "", "A direct PostgreSQL connection for the listener, where the application's goes through a pooler."
    )
    REDIS_URL = Option("redis://localhost:6379/0", "The Redis server of the redis backend.")
    NOTIFY = Option(
        "transaction",
        "When PostgreSQL is notified: with the transaction of the change, or on_commit in one of its own.",
        choices=("transaction", "on_commit"),
    )
    POLL_SECONDS = Option(20, "Seconds between two polls of a visible page.", minimum=5)
    POLL_SECONDS_HIDDEN = Option(120, "Seconds between two polls of a page in a hidden tab.", minimum=5)
    SAFETY_POLL_SECONDS = Option(300, "Seconds between two polls while a stream is open.", minimum=30)
    HEARTBEAT_SECONDS = Option(25, "Seconds between two signs of life of a stream.", minimum=1)
    STREAM_MAX_AGE = Option(
        600, "Seconds after which a stream must be renewed, give or take a fifth.", minimum=1
    )
    MAX_STREAMS_PER_PROCESS = Option(
        800, "How many streams one process holds; more are told to poll.", minimum=1
    )
    HANDLE_SIGTERM = Option(True, "Whether SIGTERM ends the open streams before the server hears of it.")
    SHOW_SENDER = Option(True, "Whether a notification names the sender. It never shows the text.")

    def values(self) -> Mapping[str, Any]:
        live = _dictionary().get("LIVE", {})
        return live if isinstance(live, Mapping) else {}


class AppSettings(Group):
    """``VCLINIC_MESSAGES``."""

    BASE_TEMPLATE = Option("base.html", "The portal's template that the Messages pages extend.")
    COLOR_SCHEME = Option(
        "light",
        "The colours of the Messages pages. Use auto only where the portal itself follows the system.",
        choices=("light", "dark", "auto"),
    )
    DIRECTORY = Option(
        "vclinic_messages.directory.GroupDirectory",
        "Dotted path of the ClinicDirectory subclass that says who is who in this portal.",
    )
    GROUPS = Option(
        {"patient": "Patients", "doctor": "Doctors", "admin": "Clinic staff"},
        "The Django group of each role, for GroupDirectory.",
    )
    HOME_URL = Option("/", "Where the page that says Messages is off leads back to: a path or a URL name.")
    PROTECTIONS = Option(
        "required",
        "What PostgreSQL itself refuses (row-level security and triggers): required fails where the engine "
        "cannot, if_possible goes on without, off makes none.",
        choices=("required", "if_possible", "off"),
    )
    SENDS_PER_MINUTE = Option(
        30, "How many messages a person may send in 60 seconds, through pages and API together.", minimum=1
    )
    LIVE: Option[dict[str, Any]] = Option({}, "Notifications: a dictionary of its own.")

    def values(self) -> Mapping[str, Any]:
        return _dictionary()


def _dictionary() -> Mapping[str, Any]:
    value = getattr(settings, "VCLINIC_MESSAGES", {})
    return value if isinstance(value, Mapping) else {}


app_settings = AppSettings()
live_settings = LiveSettings()
