"""``manage.py messages_prune_audit --older-than 730d``: remove old events of the audit trail, on record."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vclinic_messages.actions import prune_audit
from vclinic_messages.tenancy import clinic_schemas, schema_context

_DAYS = {"d": 1, "w": 7, "y": 365}


def age(text: str) -> timedelta:
    """``90d``, ``12w`` or ``2y`` (years of 365 days); a number alone counts days."""
    found = re.fullmatch(r"([1-9]\d{0,4})([dwy]?)", text.strip().lower())
    if found is None:
        raise ArgumentTypeError(f"{text!r} is no age: write 90d, 12w or 2y.")
    return timedelta(days=int(found[1]) * _DAYS[found[2] or "d"])


class Command(BaseCommand):
    help = (
        "Removes the events of the audit trail that are older than this, in every clinic or in one. Messages "
        "stay. Each clinic's audit trail notes that it was done, and how many events it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--older-than", type=age, required=True, metavar="AGE", help="90d, 12w or 2y (years of 365 days)."
        )
        parser.add_argument("--schema", help="Only the clinic with this schema.")

    def handle(self, *args: Any, older_than: timedelta, schema: str | None, **options: Any) -> None:
        schemas = clinic_schemas()
        if schema is not None and schema not in schemas:
            raise CommandError(f"There is no clinic with the schema {schema!r}.")
        for each in [schema] if schema else schemas:
            with schema_context(each):
                removed = prune_audit(older_than=older_than)
            self.stdout.write(f"{each}: {removed} removed.")
