"""The PostgreSQL of a test run, and the prepared database that each worker's own is copied from."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import dj_database_url
import django
import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
ROLE = "portal"

#: Without autovacuum, which would change the planner's choices at any time, and keep a database from being
#: dropped by a role that is no superuser. .ci/with-debian-postgres has the same.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "max_connections": "200", "autovacuum": "off"}

#: Clinics that are there in every test: the first is made by migrating, the others are cloned.
CLINICS = {"alder": "Alder Clinic", "birch": "Birch Clinic", "cedar": "Cedar Clinic"}


def start_embedded() -> tuple[object, str]:
    """An embedded server below the project, kept for the next run; and the URL for the application's role."""
    from example_project import database

    data_dir = Path(os.environ.get("TESTS_DATA_DIR") or ROOT / ".tests-db")
    server = database.start(data_dir, settings=SETTINGS)
    server.ensure_role(ROLE, createdb=True)
    return server, server.url("postgres", ROLE)


def fingerprint() -> str:
    """Changes with every migration, with what is done after them, and with the versions that bring theirs."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.glob("*/**/migrations/*.py")):
        if ".venv" not in path.parts and ".tox" not in path.parts:
            digest.update(path.read_bytes())
    for module in ("protections.py", "cloned_schemas.py"):  # what a migrate does beside the migrations
        digest.update((ROOT / "vclinic_messages" / module).read_bytes())
    digest.update(Path(__file__).read_bytes())
    versions = (django.__version__, version("wagtail"), version("django-tenants"), sys.version_info[:2])
    digest.update(repr((versions, CLINICS)).encode())
    return digest.hexdigest()[:12]


@contextmanager
def maintenance(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def ensure_template(url: str) -> str:
    """The prepared database's name. One process makes it, the others wait for it."""
    name = f"vcm_template_{fingerprint()}"
    with maintenance(url) as connection:
        connection.execute("SELECT pg_advisory_lock(727001)")
        if not _exists(connection, name):
            unfinished = f"{name}_unfinished"
            _drop(connection, unfinished)
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
            use_database(unfinished)
            _fill()
            use_database(None)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


def copy_template(url: str, template: str, name: str) -> None:
    with maintenance(url) as connection:
        _drop(connection, name)
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))


def drop(url: str, name: str) -> None:
    with maintenance(url) as connection:
        _drop(connection, name)


def use_database(name: str | None) -> None:
    """Point Django at this database of the server; None: close only."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
    if name is not None:
        connections["default"].settings_dict["NAME"] = name
        connections.settings["default"]["NAME"] = name


def parsed(url: str) -> dict[str, object]:
    return dict(dj_database_url.parse(url, engine="django_tenants.postgresql_backend"))


def _exists(connection: psycopg.Connection, name: str) -> bool:
    return bool(connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _fill() -> None:
    from django.test.utils import override_settings
    from django_tenants.utils import schema_context

    from example_project.clinics.schemas import ensure_clinic, prepare_schemas
    from example_project.demo_data import clinics as demo
    from example_project.demo_data.fill import add_pages
    from example_project.people.groups import ensure_groups

    prepare_schemas()
    for schema, name in CLINICS.items():
        with override_settings(TENANT_CREATION_FAKES_MIGRATIONS=schema != "alder"):
            ensure_clinic(schema, name, domains=(f"{schema}.localhost",))
        with schema_context(schema):
            ensure_groups()
            add_pages(demo.CLINICS[0])
