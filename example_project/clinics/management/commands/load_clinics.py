"""`manage.py load_clinics`: create many clinics from the template schema, for measurements."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from statistics import median

from django.core.management.base import BaseCommand, CommandError
from django_tenants.utils import schema_exists

from example_project.clinics.models import Clinic
from example_project.clinics.schemas import ensure_clinic

RECENT = 20  # clinics that the estimate is based on: each clinic makes the next a little slower


def schema_prefix(text: str) -> str:
    if not (text.isascii() and text.isalnum() and text.islower() and text[0].isalpha()):
        raise ArgumentTypeError("expected lower-case letters and digits, starting with a letter")
    return text


class Command(BaseCommand):
    help = "Creates clinics from the template schema until there are COUNT of them. Can be repeated."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("count", type=int, help="how many clinics there should be in the end")
        parser.add_argument(
            "--prefix", type=schema_prefix, default="load", help="prefix of schema and host names"
        )

    def handle(self, *, count: int, prefix: str, **options: object) -> None:
        if count < 1:
            raise CommandError("COUNT must be at least 1.")
        missing = [schema for schema in _schemas(prefix, count) if not _exists(schema)]
        seconds: list[float] = []
        last_line = time.monotonic()
        for schema in missing:
            seconds.append(self._make(schema))
            if time.monotonic() - last_line > 10:
                last_line = time.monotonic()
                self._report(seconds, len(missing))
        self._conclude(seconds, count)

    def _make(self, schema: str) -> float:
        """Create the clinic, and return how many seconds it took."""
        begun = time.monotonic()
        ensure_clinic(schema, f"Clinic {schema}", domains=(f"{schema}.localhost",))
        return time.monotonic() - begun

    def _report(self, seconds: list[float], total: int) -> None:
        each = median(seconds[-RECENT:])
        left = each * (total - len(seconds))
        self.stdout.write(
            f"{len(seconds):,} of {total:,} clinics, {each:.2f} s each, about {_duration(left)} left"
        )

    def _conclude(self, seconds: list[float], count: int) -> None:
        if not seconds:
            self.stdout.write(f"All {count:,} clinics existed already.")
            return
        first, last = median(seconds[:RECENT]), median(seconds[-RECENT:])
        self.stdout.write(
            f"{len(seconds):,} clinics created in {_duration(sum(seconds))}:"
            f" {first:.2f} s each at the beginning, {last:.2f} s at the end, {max(seconds):.2f} s at most"
        )


def _schemas(prefix: str, count: int) -> Iterator[str]:
    return (f"{prefix}{number:05d}" for number in range(1, count + 1))


def _exists(schema: str) -> bool:
    return Clinic.objects.filter(schema_name=schema).exists() and schema_exists(schema)


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
