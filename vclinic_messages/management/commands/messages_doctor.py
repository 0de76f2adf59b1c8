"""``manage.py messages_doctor``: what is missing before people can write to each other?"""

from __future__ import annotations

from collections.abc import Iterator

from django.core.checks import run_checks
from django.db import OperationalError

from vclinic_messages.conf import live_settings
from vclinic_messages.management import walk
from vclinic_messages.management.clinic_command import ClinicCommand
from vclinic_messages.management.listening import listening_problem, offers_streams
from vclinic_messages.tenancy import database

ON = "Messages is on"
OFF = "Messages is off: switch it on under Settings → Messages in the Wagtail admin"


class Command(ClinicCommand):
    """Look at the installation and at every clinic, or one, and report what is missing."""

    help = (
        "Report what keeps people from using Messages: the system checks, whether streams hear of messages, "
        "and a walk through each clinic as a patient and as staff would make it. The walk runs in this "
        "process, in a transaction that is rolled back: nothing is changed. Fails if something is wrong. A "
        "clinic where Messages is off is looked at as if it were on."
    )
    requires_system_checks = []

    def handle(self, *args: object, schema: str | None, **options: object) -> None:
        """Print a report. Raises CommandError if something is wrong."""
        schemas = self.schemas(schema)
        found = self._report("Checks", list(_checks())) + self._report("Stream", list(_stream()))
        if not offers_streams():
            self.stdout.write(
                f"  No stream is offered, so pages ask every {live_settings.POLL_SECONDS} seconds."
            )
        elif live_settings.STREAM_URL:
            self.stdout.write(
                f"  Browsers open streams at {live_settings.STREAM_URL}. Only its process knows "
                "whether they can: ask it for /healthz."
            )
        for each in schemas:
            with self.clinic(each):
                state = ON if walk.is_on(each) else OFF
                found += self._report(f"{each} ({state})", walk.problems(each))
        if not schemas:
            self.stdout.write("There is no clinic yet.")
        self.finish(*([f"Problems: {found}."] if found else []))

    def _report(self, title: str, problems: list[str]) -> int:
        """Print one part of the report. Returns how many problems it has."""
        self.stdout.write(f"{title}: {'' if problems else 'nothing is missing.'}".rstrip())
        for problem in problems:
            self.stdout.write(f"  {problem}.")
        return len(problems)


def _checks() -> Iterator[str]:
    try:
        found = run_checks(databases=[database().alias])
    except OperationalError as error:
        yield f"They stopped, because a clinic cannot be reached ({error})"
        return
    for each in found:
        if (each.id or "").startswith("vclinic_messages."):
            yield f"{each.id}: {each.msg} {each.hint or ''}".rstrip(". ")


def _stream() -> Iterator[str]:
    if live_settings.MODE == "auto" and (problem := listening_problem()):
        yield problem
