"""``manage.py messages_verify``: check the stored counters, and the accounts of all mailboxes."""

from __future__ import annotations

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from vclinic_messages.actions import sever_mailboxes, verify_counters
from vclinic_messages.actions.accounts import mailboxes_without_account
from vclinic_messages.models import Mailbox
from vclinic_messages.tenancy import clinic_schemas, schema_context, verify_clinic

#: The number of wrong counters that are listed for a clinic.
LISTED = 20
#: ``--sever`` asks for ``--yes`` where more accounts than this are missing, or a larger share of them.
MANY_ACCOUNTS = 5
MANY_PERCENT = 1


class Command(BaseCommand):
    """Recount, report and repair, clinic by clinic."""

    help = (
        "Recounts unread counts, last messages, message counts and the waiting list from the messages, and "
        "looks for mailboxes whose account no longer exists, in every clinic or in one. Changes nothing "
        "without --repair or --sever. Exit code 0 only if nothing is wrong, or everything was put right."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--schema", help="Only the clinic with this schema.")
        parser.add_argument("--repair", action="store_true", help="Correct the wrong counters.")
        parser.add_argument(
            "--sever",
            action="store_true",
            help="Disconnect mailboxes from deleted accounts, so that no later account with the same key "
            "inherits them. Their drafts are deleted. This cannot be undone.",
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help=f"Sever even where more than {MANY_ACCOUNTS} accounts or {MANY_PERCENT} % are missing.",
        )

    def handle(
        self, *args: object, schema: str | None, repair: bool, sever: bool, yes: bool, **options: object
    ) -> None:
        """Check each clinic. Raises CommandError if something is wrong and was not put right."""
        schemas = clinic_schemas()
        if schema is not None and schema not in schemas:
            raise CommandError(f"There is no clinic with the schema {schema!r}.")
        wrong = orphaned = 0
        for each in [schema] if schema else schemas:
            with schema_context(each):
                wrong += self._verify_counters(each, repair)
                orphaned += self._verify_accounts(each, sever, yes)
        problems = []
        if wrong and not repair:
            problems.append(f"Wrong counters: {wrong}. Correct them with --repair.")
        if orphaned and not sever:
            problems.append(f"Mailboxes without an account: {orphaned}. Disconnect them with --sever.")
        if problems:
            raise CommandError(" ".join(problems))

    def _verify_counters(self, schema: str, repair: bool) -> int:
        wrong = verify_counters(repair=repair)
        self.stdout.write(f"{schema}: {_verdict(len(wrong), repair)}")
        for each in wrong[:LISTED]:
            self.stdout.write(f"  {each}")
        if len(wrong) > LISTED:
            self.stdout.write(f"  and {len(wrong) - LISTED} more")
        return len(wrong)

    def _verify_accounts(self, schema: str, sever: bool, yes: bool) -> int:
        verify_clinic()
        missing = mailboxes_without_account().count()
        if not missing:
            return 0
        self.stdout.write(f"{schema}: mailboxes without an account: {missing}")
        if sever:
            owned = Mailbox.objects.filter(user__isnull=False).count()
            if not yes and (missing > MANY_ACCOUNTS or missing * 100 > owned * MANY_PERCENT):
                raise CommandError(
                    f"{schema}: {missing} of {owned} accounts are missing. That can be a restored or emptied "
                    "user table. Add --yes if they were really deleted."
                )
            self.stdout.write(f"{schema}: disconnected: {sever_mailboxes()}")
        return missing


def _verdict(count: int, repair: bool) -> str:
    if not count:
        return "all counters are right"
    return f"wrong counters: {count}, corrected" if repair else f"wrong counters: {count}"
