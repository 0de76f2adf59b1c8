"""`manage.py load_messages`: fill a clinic quickly, for measurements."""

import time
from argparse import ArgumentParser, ArgumentTypeError

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection, transaction
from django_tenants.utils import schema_context

from example_project.clinics.models import Clinic
from example_project.demo_data.load import Size, load
from example_project.demo_data.store import TABLES, lock_clinic, written_messages
from vclinic_messages.directory import get_directory

LOCK_SECONDS = 5


def heavy_user(text: str) -> tuple[str, int]:
    name, _, count = text.rpartition(":")
    if not name or not count.isdecimal():
        raise ArgumentTypeError("expected NAME:COUNT, for example doctor:20000")
    return name, int(count)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("expected a whole number above 0")
    return int(text)


class Command(BaseCommand):
    help = (
        "Adds people, conversations and messages to a clinic with COPY, and reports rows per second."
        " Refuses a clinic in use, because the loaded messages can never be removed. While it runs, nobody"
        " can use Messages in this clinic."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--schema", required=True, help="the clinic's schema")
        for name in ("patients", "staff", "conversations", "messages"):
            parser.add_argument(f"--{name}", type=positive, required=True)
        parser.add_argument(
            "--heavy-user",
            type=heavy_user,
            default=("", 0),
            metavar="NAME:COUNT",
            help="user name of a member of staff who takes part in COUNT conversations; created if missing",
        )
        parser.add_argument(
            "--even-if-in-use",
            action="store_true",
            help="load even if people have written",
        )

    def handle(
        self, *, schema: str, heavy_user: tuple[str, int], even_if_in_use: bool = False, **options: int
    ) -> None:
        self._check_clinic(schema)
        name, count = heavy_user
        size = Size(
            patients=options["patients"],
            staff=options["staff"],
            conversations=options["conversations"],
            messages=options["messages"],
            heavy_user=name,
            heavy_conversations=count,
        )
        with schema_context(schema):
            self._check(size)
            started = time.monotonic()
            with transaction.atomic():
                self._enter(schema, even_if_in_use)
                rows = load(size)
            self._analyze()
        seconds = time.monotonic() - started
        self.stdout.write(
            f"{schema}: {size.messages:,} messages in {size.conversations:,} conversations of"
            f" {size.patients + size.staff:,} people; {rows:,} rows in {seconds:.1f} s,"
            f" {rows / seconds:,.0f} rows per second"
        )

    def _check_clinic(self, schema: str) -> None:
        without_people = ("public", settings.TENANT_BASE_SCHEMA)
        known = Clinic.objects.exclude(schema_name__in=without_people).values_list("schema_name", flat=True)
        if schema not in known:
            raise CommandError(f"There is no clinic {schema!r}. There are: {', '.join(sorted(known))}.")

    def _enter(self, schema: str, even_if_in_use: bool) -> None:
        try:
            lock_clinic(LOCK_SECONDS)
        except OperationalError:
            raise CommandError(f"{schema!r} is in use: somebody is writing. Nothing was loaded.") from None
        written = written_messages()
        if written > 0 and not even_if_in_use:
            raise CommandError(
                f"{schema!r} is in use: people have written {written:,} messages. The loaded messages"
                " can never be removed. Choose another clinic, or add --even-if-in-use. Nothing was loaded."
            )

    def _check(self, size: Size) -> None:
        if size.messages < size.conversations:
            raise CommandError("There must be at least as many messages as conversations.")
        if size.heavy_conversations > size.conversations:
            raise CommandError("--heavy-user cannot take part in more conversations than --conversations.")
        user = User.objects.filter(username=size.heavy_user).first()
        if user:
            role = get_directory().role(user)
            if role is None or not role.is_staff:
                raise CommandError(f"--heavy-user: {size.heavy_user!r} is not a member of the staff.")

    def _analyze(self) -> None:
        # Autovacuum would tell the planner the new sizes only later.
        tables = [model._meta.db_table for model in TABLES]
        tables += ["auth_user", "auth_user_groups", "auth_group", "people_profile"]
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")
