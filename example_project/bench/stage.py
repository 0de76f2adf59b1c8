"""Prepare the measured clinics: a large one and a small one, the same in every database.

`python -m example_project.bench.stage` prepares the database of DATABASE_URL. It adds only what is missing.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict, dataclass
from typing import Any

LARGE, SMALL = "large", "small"
#: The user names of the measured doctors, in each clinic.
HEAVY, LIGHT = "heavy", "light"
LIGHT_CONVERSATIONS = 20
LIGHT_MESSAGES = 60  # in each of them: more than one page
SMALL_CONVERSATIONS = 100
_SHARED = "shared"  # whose mailbox becomes that of the large team
_TEAMS = 5
STILL_WAITING = 50  # conversations of each person and team, at most
#: The user names of members of teams: of one with as many conversations as the heavy doctor, and of that one
#: and four others.
MEMBER, IN_FIVE = "member", "in-five"
#: The user name of a person without conversations, as the recipient of new ones.
NEWCOMER = "newcomer"


@dataclass(frozen=True)
class Stage:
    """The size of the large clinic, and the number of other clinics.

    ``heavy`` is how many conversations the heavy user has.
    """

    messages: int
    conversations: int
    patients: int
    heavy: int
    staff: int = 50
    clinics: int = 0

    def arguments(self) -> list[str]:
        return [f"--{name}={value}" for name, value in asdict(self).items()]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--messages", type=int, default=1_000_000, help="messages of the large clinic")
    for name, share in (("conversations", 10), ("patients", 200), ("heavy", 50)):
        parser.add_argument(f"--{name}", type=int, help=f"a {share}th of the messages, unless given")
    parser.add_argument("--staff", type=int, default=50)
    parser.add_argument("--clinics", type=int, default=0, help="other clinics, in a second database")


def stage_of(options: argparse.Namespace) -> Stage:
    messages = options.messages
    return Stage(
        messages=messages,
        conversations=options.conversations or messages // 10,
        patients=options.patients or messages // 200,
        heavy=options.heavy or messages // 50,
        staff=options.staff,
        clinics=options.clinics,
    )


def prepare(stage: Stage) -> None:
    """Create the clinics, people and messages that are missing."""
    from django.core.management import call_command
    from django_tenants.utils import schema_context

    from example_project.clinics.models import Clinic
    from example_project.clinics.schemas import ensure_clinic, prepare_schemas
    from vclinic_messages.models import Conversation, Team

    prepare_schemas()
    ensure_clinic("public", "Clinic portals", domains=("localhost", "127.0.0.1"))
    for schema in (LARGE, SMALL):
        if not Clinic.objects.filter(schema_name=schema).exists():
            ensure_clinic(schema, f"The {schema} clinic", domains=(f"{schema}.localhost",))
        with schema_context(schema):
            is_empty = not Conversation.objects.exists()
        if is_empty:
            _fill(schema, stage)
    with schema_context(LARGE):
        has_teams = Team.objects.exists()
    if not has_teams:
        _add_teams(stage)
    if stage.clinics:
        call_command("load_clinics", stage.clinics)


def _fill(schema: str, stage: Stage) -> None:
    from django.core.management import call_command
    from django_tenants.utils import schema_context

    from vclinic_messages.testing import create_member, switch_messages

    half = SMALL_CONVERSATIONS // 2
    small = Stage(10 * SMALL_CONVERSATIONS, SMALL_CONVERSATIONS, half, half, staff=4)
    few = LIGHT_CONVERSATIONS
    light = Stage(few * LIGHT_MESSAGES, few, few, few, staff=1)
    for size, doctor in ((stage if schema == LARGE else small, HEAVY), (light, LIGHT)):
        call_command(
            "load_messages",
            schema=schema,
            patients=size.patients,
            staff=size.staff,
            conversations=size.conversations,
            messages=size.messages,
            heavy_user=(doctor, size.heavy),
        )
    with schema_context(schema):
        switch_messages(True)
        create_member("doctor", username=NEWCOMER)


def _add_teams(stage: Stage) -> None:
    """Add the teams of the large clinic, by making the mailboxes of loaded staff into theirs.

    Their answers then have a team as their writer, which never happens in a clinic in use. It costs the same.
    """
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import transaction
    from django_tenants.utils import schema_context

    from vclinic_messages.testing import create_member

    call_command(
        "load_messages",
        schema=LARGE,
        patients=stage.patients // 2,
        staff=1,
        conversations=stage.heavy,
        messages=stage.heavy * 2,
        heavy_user=(_SHARED, stage.heavy),
        even_if_in_use=True,  # measured before
    )
    with schema_context(LARGE), transaction.atomic():
        staff = User.objects.filter(username__startswith="load-doctor").order_by("pk")[: _TEAMS - 1]
        member, in_five = (create_member("admin", username=name) for name in (MEMBER, IN_FIVE))
        _make_team(User.objects.get(username=_SHARED), member, in_five)
        for each in staff:
            _make_team(each, in_five)
        _answer_most()


def _answer_most() -> None:
    """Leave the same to everybody in the clinic at hand: what waits and is unread is counted on each page.

    Otherwise a person and a team with as many conversations would not be alike.
    """
    from vclinic_messages.models import Mailbox, Participant

    for mailbox in Mailbox.objects.values_list("pk", flat=True):
        mine = Participant.objects.filter(mailbox=mailbox)
        kept = list(mine.order_by("-last_message").values_list("pk", flat=True)[:STILL_WAITING])
        mine.filter(waiting_since__isnull=False).exclude(pk__in=kept).update(waiting_since=None)
        mine.filter(unread_count__gt=0).exclude(pk__in=kept).update(unread_count=0)


def _make_team(owner: Any, *members: Any) -> None:
    """Make the mailbox of this person into that of a team with these members."""
    from vclinic_messages.actions import change_team
    from vclinic_messages.models import Mailbox

    team = change_team(name=f"Team of {owner.username}")
    Mailbox.objects.filter(team=team).delete()
    Mailbox.objects.filter(user=owner).update(user=None, team=team)
    change_team(team=team, members=members)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.bench.settings")
    import django

    django.setup()
    prepare(stage_of(options))


if __name__ == "__main__":
    main()
