"""`manage.py prepare_demo`: turn an empty database into the demo portal with its clinics and people."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand
from django.db import transaction
from django_tenants.utils import schema_context

from example_project.clinics.schemas import ensure_clinic, prepare_schemas
from example_project.demo_data.clinics import CLINICS, ClinicData
from example_project.demo_data.fill import fill_clinic, set_site_address


class Command(BaseCommand):
    help = "Migrates all schemas and fills the demo clinics. Clinics that are already filled are not changed."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000, help="where the portal will be served")

    def handle(self, *, port: int, verbosity: int, **options: object) -> None:
        prepare_schemas(verbosity=verbosity - 1)
        ensure_clinic("public", "Clinic portals", domains=("localhost", "127.0.0.1"))
        for data in CLINICS:
            self._prepare(data, port)

    def _prepare(self, data: ClinicData, port: int) -> None:
        ensure_clinic(data.schema, data.name, domains=(data.domain,), brand=data.brand)
        with schema_context(data.schema), transaction.atomic():
            if fill_clinic(data):
                self.stdout.write(f"Filled {data.name}.")
            set_site_address(data, port)
