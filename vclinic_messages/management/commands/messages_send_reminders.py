"""``manage.py messages_send_reminders``: tell people outside the portal that they have not read something."""

from __future__ import annotations

import signal
from argparse import ArgumentParser, ArgumentTypeError
from threading import Event
from types import FrameType

from django.core.management.base import CommandError

from vclinic_messages.actions import send_due_reminders
from vclinic_messages.errors import RemindersFailed
from vclinic_messages.management.clinic_command import ClinicCommand
from vclinic_messages.tenancy import (
    clinic_context,
    get_public_schema_name,
    release_connections,
    schema_context,
)


def seconds(text: str) -> int:
    """Return a number of seconds, at least 1."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 86_400):
        raise ArgumentTypeError(f"{text!r} is not a number of seconds from 1 to 86400.")
    return int(text)


class Command(ClinicCommand):
    """Send the reminders that are due."""

    help = (
        "Send an e-mail to everybody who has not read a message for a while, in the clinics that have "
        "switched this on. It notes who was reminded and changes nothing else. Run it every minute, or once "
        "with --loop. Several may run at the same time. Fails if a clinic has failed or a mail could not be "
        "sent."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--loop`` and ``--schema``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--loop",
            type=seconds,
            metavar="SECONDS",
            help="Go on until SIGTERM or SIGINT, with this many seconds between two runs.",
        )

    def handle(self, *args: object, schema: str | None, loop: int | None, **options: object) -> None:
        """Send and print how many. Raises CommandError if something failed; with --loop, write it only."""
        if schema is not None:
            self.schemas(schema)
        if loop is None:
            self._send(schema)
            return
        stopped = Event()

        def stop(number: int, frame: FrameType | None) -> None:
            stopped.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        while not stopped.is_set():
            release_connections()
            try:
                self._send(schema)
            except CommandError as error:
                self.stderr.write(str(error))
            except Exception as error:
                self.stderr.write(f"The run failed: {type(error).__name__}")
            stopped.wait(loop)

    def _send(self, schema: str | None) -> None:
        place = schema_context(get_public_schema_name()) if schema is None else clinic_context(schema)
        try:
            with place:
                sent = send_due_reminders()
        except RemindersFailed as failure:
            self._print(failure.sent)
            raise CommandError("\n".join(failure.problems)) from None
        self._print(sent)

    def _print(self, sent: int) -> None:
        if sent:
            self.stdout.write(f"{sent} reminded.")
