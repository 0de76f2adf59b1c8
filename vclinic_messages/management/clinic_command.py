"""Base of the commands that work on every clinic, or on one."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from vclinic_messages.tenancy import clinic_schemas


class ClinicCommand(BaseCommand):
    """A command with the option ``--schema``."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--schema``."""
        parser.add_argument("--schema", help="Only the clinic with this schema. Default: all clinics.")

    def schemas(self, schema: str | None) -> list[str]:
        """Return the schemas to work on. Raises CommandError for a schema that is not a clinic's."""
        schemas = clinic_schemas()
        if schema is None:
            return schemas
        if schema not in schemas:
            raise CommandError(f"There is no clinic with the schema {schema!r}.")
        return [schema]
