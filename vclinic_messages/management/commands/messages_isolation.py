"""``manage.py messages_isolation``: does the database itself protect every clinic?"""

from __future__ import annotations

from argparse import ArgumentParser

from vclinic_messages import protections
from vclinic_messages.conf import app_settings
from vclinic_messages.management.clinic_command import ClinicCommand


class Command(ClinicCommand):
    """Report missing protections, or add them."""

    help = (
        "Report for each clinic whether row-level security and triggers protect its tables of Messages. With "
        '--apply, add what is missing; without it, change nothing. Fails if PROTECTIONS is "required" or '
        '"triggers" and a clinic is not protected.'
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--schema``, and ``--check`` or ``--apply``."""
        super().add_arguments(parser)
        mode = parser.add_mutually_exclusive_group()
        mode.add_argument("--check", action="store_true", help="Only report. This is the default.")
        mode.add_argument("--apply", action="store_true", help="Add missing protections.")

    def handle(self, *args: object, schema: str | None, apply: bool, **options: object) -> None:
        """Print a report. Raises CommandError if a required protection is missing."""
        self.stdout.write(f"PROTECTIONS is {app_settings.PROTECTIONS!r}.")
        unprotected = []
        for each in self.schemas(schema):
            with self.clinic(each):
                if not self._is_protected(each, apply):
                    unprotected.append(each)
        self.finish(*self._problems(unprotected))

    def _is_protected(self, schema: str, apply: bool) -> bool:
        without_tables = protections.gap_of_tables()
        if apply and not without_tables:
            protections.protect()
        gaps = [f"{without_tables}: run migrate_schemas"] if without_tables else protections.gaps()
        self.stdout.write(f"{schema}: {'not protected' if gaps else 'protected'}")
        for gap in gaps:
            self.stdout.write(f"  {gap}")
        return not gaps

    def _problems(self, unprotected: list[str]) -> list[str]:
        bypasses = protections.role_passes_policies()
        if bypasses:
            self.stdout.write("The application's role is superuser or BYPASSRLS: no policy applies to it.")
        if app_settings.PROTECTIONS not in (protections.REQUIRED, protections.TRIGGERS):
            return []
        if unprotected:
            names = ", ".join(unprotected)
            return [f"Clinics that are not protected: {names}. Run messages_isolation --apply."]
        if bypasses and app_settings.PROTECTIONS == protections.REQUIRED:
            return ["No clinic is protected against the application's own role: connect as another role."]
        return []
