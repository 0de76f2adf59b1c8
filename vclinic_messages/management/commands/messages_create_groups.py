"""``manage.py messages_create_groups``: make the groups that give people their roles."""

from __future__ import annotations

from django.core.management.base import CommandError

from vclinic_messages.actions import create_groups
from vclinic_messages.directory.groups import reads_groups
from vclinic_messages.management.clinic_command import ClinicCommand


class Command(ClinicCommand):
    """Make missing groups in every clinic, or in one."""

    help = (
        'Make in each clinic the Django groups in VCLINIC_MESSAGES["GROUPS"], where they are missing. '
        "It puts nobody into them and changes no group that exists. Run it again for a new clinic."
    )

    def handle(self, *args: object, schema: str | None, **options: object) -> None:
        """Print which groups were made.

        Raises CommandError if the directory reads no groups, or a clinic was not reached.
        """
        if not reads_groups():
            raise CommandError("The portal's directory does not read roles from groups, so none are needed.")
        for each in self.schemas(schema):
            with self.clinic(each):
                made = create_groups()
                self.stdout.write(f"{each}: {'made ' + ', '.join(made) if made else 'all groups exist'}")
        self.finish()
