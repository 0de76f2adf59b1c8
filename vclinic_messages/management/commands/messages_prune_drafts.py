"""``manage.py messages_prune_drafts --days 30``: delete the texts of old drafts."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta

from vclinic_messages.actions import prune_drafts
from vclinic_messages.management.clinic_command import ClinicCommand

#: Drafts are kept for so many days.
_DAYS = 30


def days(text: str) -> timedelta:
    """Return a number of days, at least 1."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 36_500):
        raise ArgumentTypeError(f"{text!r} is not a number of days from 1 to 36500.")
    return timedelta(days=int(text))


class Command(ClinicCommand):
    """Delete the texts of old drafts."""

    help = (
        "Delete the texts of drafts that nobody has saved for the given number of days. Messages are not "
        "deleted. Run it daily."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--days`` and ``--schema``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--days",
            type=days,
            default=timedelta(days=_DAYS),
            metavar="DAYS",
            help=f"Drafts that were saved within these days stay. Default: {_DAYS}.",
        )

    def handle(self, *args: object, days: timedelta, schema: str | None, **options: object) -> None:
        """Delete in each clinic and print how many. Raises CommandError if a clinic was not reached."""
        for each in self.schemas(schema):
            with self.clinic(each):
                removed = prune_drafts(older_than=days)
                self.stdout.write(f"{each}: {removed} deleted.")
        self.finish()
