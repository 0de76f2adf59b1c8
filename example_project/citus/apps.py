"""Shard each new clinic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings
from django.db import connection
from django_tenants.signals import post_schema_sync
from django_tenants.utils import get_public_schema_name

if TYPE_CHECKING:
    from example_project.clinics.models import Clinic


class CitusConfig(AppConfig):
    name = "example_project.citus"
    label = "example_citus"

    def ready(self) -> None:
        post_schema_sync.connect(shard, dispatch_uid="citus")


def shard(sender: object, tenant: Clinic, **kwargs: object) -> None:
    """Hand the schema of a new clinic to one of the workers."""
    if tenant.schema_name not in (get_public_schema_name(), settings.TENANT_BASE_SCHEMA):
        with connection.cursor() as cursor:
            cursor.execute("SELECT citus_schema_distribute(%s::text::regnamespace)", [tenant.schema_name])
