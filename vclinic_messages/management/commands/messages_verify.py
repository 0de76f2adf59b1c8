"""``manage.py messages_verify``: do the stored counters match the messages?"""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import CommandError

from vclinic_messages.actions import verify_counters
from vclinic_messages.management.clinic_command import ClinicCommand
from vclinic_messages.tenancy import schema_context

#: How many wrong counters of a clinic are listed.
MAX_LISTED = 20


class Command(ClinicCommand):
    """Report wrong counters, or correct them."""

    help = (
        "Compute unread counts, mailbox counters, message counts, last messages and the waiting list from "
        "the messages, and compare them with what is stored. With --repair, correct what is wrong; without "
        "it, change nothing and fail if something is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--schema`` and ``--repair``."""
        super().add_arguments(parser)
        parser.add_argument("--repair", action="store_true", help="Correct wrong counters.")

    def handle(self, *args: object, schema: str | None, repair: bool, **options: object) -> None:
        """Print a report. Raises CommandError if counters are wrong and not corrected."""
        wrong = sum(self._verify(each, repair) for each in self.schemas(schema))
        if wrong and not repair:
            raise CommandError(f"Wrong counters: {wrong}. Correct them with --repair.")

    def _verify(self, schema: str, repair: bool) -> int:
        with schema_context(schema):
            wrong = verify_counters(repair=repair)
        self.stdout.write(f"{schema}: {_result(len(wrong), repair)}")
        for each in wrong[:MAX_LISTED]:
            self.stdout.write(f"  {each}")
        if len(wrong) > MAX_LISTED:
            self.stdout.write(f"  and {len(wrong) - MAX_LISTED} more")
        return len(wrong)


def _result(count: int, repair: bool) -> str:
    if not count:
        return "all counters are correct"
    return f"wrong counters: {count}, corrected" if repair else f"wrong counters: {count}"
