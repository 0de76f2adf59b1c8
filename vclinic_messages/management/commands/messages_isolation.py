"""``manage.py messages_isolation``: is every clinic protected by the database itself?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vclinic_messages import protections
from vclinic_messages.conf import app_settings
from vclinic_messages.tenancy import clinic_schemas, schema_context


class Command(BaseCommand):
    help = (
        "Says for each clinic whether row-level security and triggers protect its tables of Messages, and "
        "puts there what is missing. Fails where a protection that is required is missing."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", help="only this clinic")
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--check", action="store_true", help="only look, as without any option")
        what.add_argument("--apply", action="store_true", help="put there what is missing")

    def handle(self, *args: Any, schema: str | None, apply: bool, **options: Any) -> None:
        schemas = clinic_schemas()
        if schema is not None and schema not in schemas:
            raise CommandError(f"There is no clinic {schema!r}.")
        self.stdout.write(f"PROTECTIONS is {app_settings.PROTECTIONS!r}.")
        open_clinics = [each for each in ([schema] if schema else schemas) if not self._look(each, apply)]
        passes = protections.role_passes_policies()
        if passes:
            self.stdout.write("The application's role is superuser or BYPASSRLS: no policy applies to it.")
        if app_settings.PROTECTIONS == protections.REQUIRED and (open_clinics or passes):
            raise CommandError(_verdict(open_clinics))

    def _look(self, schema: str, apply: bool) -> bool:
        """Whether the clinic is protected; it may become so here."""
        with schema_context(schema):
            if apply:
                protections.protect()
            gaps = protections.gaps()
        self.stdout.write(f"{schema}: {'not protected' if gaps else 'protected'}")
        for gap in gaps:
            self.stdout.write(f"  {gap}")
        return not gaps


def _verdict(open_clinics: list[str]) -> str:
    if open_clinics:
        return f"Clinics that are not protected: {', '.join(open_clinics)}. Run messages_isolation --apply."
    return "No clinic is protected from the application's own role: connect as another one."
