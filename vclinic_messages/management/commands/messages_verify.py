"""``manage.py messages_verify``: do counters match the messages, are teams right, and do accounts exist?"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence

from vclinic_messages.actions import sever_mailboxes, verify_counters
from vclinic_messages.actions.refolding import unfolded_messages, unfolded_names, unfolded_quick_replies
from vclinic_messages.actions.severing import mailboxes_without_account
from vclinic_messages.actions.verifying_teams import team_problems
from vclinic_messages.management.clinic_command import ClinicCommand
from vclinic_messages.models import Mailbox, Participant
from vclinic_messages.tenancy import verify_clinic

#: How many wrong counters of a clinic are listed, and how much of what is wrong about teams.
MAX_LISTED = 20
#: ``--sever`` needs ``--yes`` if more accounts than this are missing, or a larger share of them.
MANY_ACCOUNTS = 5
MANY_PERCENT = 1


class Command(ClinicCommand):
    """Report wrong counters, teams and mailboxes without an account, or put counters and mailboxes right."""

    help = (
        "Compute unread counts, message counts, last messages and the waiting list from the messages, and "
        "compare them with what is stored. Look at members of teams, who has taken conversations and from "
        "which mailboxes messages were written. Look for mailboxes whose account no longer exists, and for "
        "messages and names that searches cannot find. Change nothing without --repair or --sever, and fail "
        "if something is wrong and was not put right."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add ``--schema``, ``--repair``, ``--sever`` and ``--yes``."""
        super().add_arguments(parser)
        parser.add_argument("--repair", action="store_true", help="Correct wrong counters.")
        parser.add_argument(
            "--sever",
            action="store_true",
            help="Disconnect mailboxes from accounts that no longer exist and delete their drafts, so that "
            "no later account with the same key inherits them. This cannot be undone.",
        )
        parser.add_argument(
            "--yes",
            action="store_true",
            help=f"Sever even if more than {MANY_ACCOUNTS} accounts or {MANY_PERCENT} %% are missing.",
        )

    def handle(
        self, *args: object, schema: str | None, repair: bool, sever: bool, yes: bool, **options: object
    ) -> None:
        """Print a report. Raises CommandError if something is wrong and was not put right."""
        wrong = missing = unfolded = wrong_teams = 0
        for each in self.schemas(schema):
            with self.clinic(each):
                wrong += self._verify_counters(each, repair)
                wrong_teams += self._verify_teams(each)
                missing += self._verify_accounts(each, sever, yes)
                unfolded += _count_unfolded()
        problems = []
        if wrong and not repair:
            problems.append(f"Wrong counters: {wrong}. Correct them with --repair.")
        if wrong_teams:
            problems.append(
                f"Wrong about teams: {wrong_teams}. Only edits of the database by hand cause this."
            )
        if missing:
            option = "--sever --yes" if sever else "--sever"
            problems.append(f"Mailboxes without an account: {missing}. Disconnect them with {option}.")
        if unfolded:
            problems.append(f"Messages or names that searches cannot find: {unfolded}. Run messages_refold.")
        self.finish(*problems)

    def _verify_counters(self, schema: str, repair: bool) -> int:
        wrong = verify_counters(repair=repair)
        self.stdout.write(f"{schema}: {_result(len(wrong), repair)}")
        self._list(wrong)
        return len(wrong)

    def _verify_teams(self, schema: str) -> int:
        wrong = team_problems()
        if wrong:
            self.stdout.write(f"{schema}: wrong about teams: {len(wrong)}")
            self._list(wrong)
        return len(wrong)

    def _list(self, found: Sequence[object]) -> None:
        for each in found[:MAX_LISTED]:
            self.stdout.write(f"  {each}")
        if len(found) > MAX_LISTED:
            self.stdout.write(f"  and {len(found) - MAX_LISTED} more")

    def _verify_accounts(self, schema: str, sever: bool, yes: bool) -> int:
        """Report mailboxes without an account, and sever them if asked to. Returns how many are left."""
        verify_clinic()
        missing = mailboxes_without_account().count()
        if not missing:
            return 0
        self.stdout.write(f"{schema}: mailboxes without an account: {missing}")
        if not sever:
            return missing
        owned = Mailbox.objects.filter(user__isnull=False).count()
        if not yes and (missing > MANY_ACCOUNTS or missing * 100 > owned * MANY_PERCENT):
            self.stdout.write(
                f"{schema}: not disconnected: {missing} of {owned} accounts are missing. Perhaps the user "
                "table was restored or emptied. Add --yes if these accounts were really deleted."
            )
            return missing
        self.stdout.write(f"{schema}: disconnected: {sever_mailboxes()}")
        return 0


def _count_unfolded() -> int:
    names = sum(1 for model in (Mailbox, Participant) for _name in unfolded_names(model))
    return unfolded_messages().count() + names + len(unfolded_quick_replies())


def _result(count: int, repair: bool) -> str:
    if not count:
        return "all counters are correct"
    return f"wrong counters: {count}, corrected" if repair else f"wrong counters: {count}"
