"""``manage.py messages_refold``: rebuild what searches read, after an update that says so."""

from __future__ import annotations

from vclinic_messages.actions import refold
from vclinic_messages.management.clinic_command import ClinicCommand


class Command(ClinicCommand):
    """Fold messages and names again where that is out of date."""

    help = (
        "Rebuild the searchable form of messages and names where it is missing or made by an older version. "
        "Messages and names themselves are not changed. People can go on writing. A second run changes "
        "nothing."
    )

    def handle(self, *args: object, schema: str | None, **options: object) -> None:
        """Print how many rows were changed. Raises CommandError if a clinic was not reached."""
        for each in self.schemas(schema):
            with self.clinic(each):
                self.stdout.write(f"{each}: rows that were out of date: {refold()}")
        self.finish()
