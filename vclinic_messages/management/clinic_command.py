"""Base of the commands that work on every clinic, or on one."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from vclinic_messages.errors import Unavailable
from vclinic_messages.tenancy import clinic_schemas, release_connections, schema_context


class ClinicCommand(BaseCommand):
    """A command with the option ``--schema``.

    It works on each clinic in ``with self.clinic(schema):``, and ends with ``self.finish()``. It goes
    on past a clinic that cannot be reached, for example because one server of several is down.
    """

    def __init__(self, *args: object, **options: object) -> None:
        """Begin with no clinic missed."""
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self._unreachable: list[str] = []

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

    @contextmanager
    def clinic(self, schema: str) -> Iterator[None]:
        """Work in this clinic. If the database fails there, name the clinic and skip the rest."""
        try:
            with schema_context(schema):
                yield
        except (OperationalError, InterfaceError, Unavailable) as error:
            release_connections()
            self._unreachable.append(schema)
            self.stdout.write(f"{schema}: cannot be reached: {error}")

    def finish(self, *problems: str) -> None:
        """Raise CommandError if there were problems, or a clinic could not be reached."""
        if self._unreachable:
            missed = f"Clinics that could not be reached: {', '.join(self._unreachable)}."
            problems = (*problems, missed)
        if problems:
            raise CommandError(" ".join(problems))
