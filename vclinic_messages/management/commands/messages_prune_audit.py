"""``manage.py messages_prune_audit --older-than 730d``: delete old events of the audit trail."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta

from vclinic_messages.actions import prune_audit
from vclinic_messages.management.clinic_command import ClinicCommand

_DAYS = {"d": 1, "w": 7, "y": 365}


def age(text: str) -> timedelta:
    """Return an age such as ``90d``, ``12w`` or ``2y`` (years of 365 days). A number alone means days."""
    found = re.fullmatch(r"([1-9]\d{0,4})([dwy]?)", text.strip().lower())
    if found is None:
        raise ArgumentTypeError(f"{text!r} is not a valid age: write 90d, 12w or 2y.")
    return timedelta(days=int(found[1]) * _DAYS[found[2] or "d"])


class Command(ClinicCommand):
    """Delete old events and record that it was done."""

    help = (
        "Delete events of the audit trail that are older than the given age. Messages are not deleted. The "
        "audit trail of each clinic records how many events were deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--older-than`` and ``--schema``."""
        super().add_arguments(parser)
        parser.add_argument(
            "--older-than", type=age, required=True, metavar="AGE", help="90d, 12w or 2y (years of 365 days)."
        )

    def handle(self, *args: object, older_than: timedelta, schema: str | None, **options: object) -> None:
        """Delete in each clinic and print how many. Raises CommandError if a clinic was not reached."""
        for each in self.schemas(schema):
            with self.clinic(each):
                removed = prune_audit(older_than=older_than)
                self.stdout.write(f"{each}: {removed} deleted.")
        self.finish()
