"""``manage.py messages_verify``: are the kept numbers those that the messages say?"""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from vclinic_messages.actions import verify_counters
from vclinic_messages.tenancy import clinic_schemas, schema_context

#: How many wrong numbers of a clinic are named.
NAMED = 20


class Command(BaseCommand):
    help = (
        "Counts unread counts, mailbox numbers, message counts, last messages and the waiting list again "
        "from the messages, in every clinic. Fails where one is wrong and is not repaired."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", help="only this clinic")
        parser.add_argument("--repair", action="store_true", help="set right what is wrong")

    def handle(self, *args: Any, schema: str | None, repair: bool, **options: Any) -> None:
        schemas = clinic_schemas()
        if schema is not None and schema not in schemas:
            raise CommandError(f"There is no clinic {schema!r}.")
        wrong = sum(self._verify(each, repair) for each in ([schema] if schema else schemas))
        if wrong and not repair:
            raise CommandError(f"Wrong numbers: {wrong}. Set them right with --repair.")

    def _verify(self, schema: str, repair: bool) -> int:
        with schema_context(schema):
            wrong = verify_counters(repair=repair)
        self.stdout.write(f"{schema}: {_verdict(len(wrong), repair)}")
        for each in wrong[:NAMED]:
            self.stdout.write(f"  {each}")
        if len(wrong) > NAMED:
            self.stdout.write(f"  and {len(wrong) - NAMED} more")
        return len(wrong)


def _verdict(count: int, repair: bool) -> str:
    if not count:
        return "every number is right"
    return f"wrong numbers: {count}, set right" if repair else f"wrong numbers: {count}"
