"""The embedded PostgreSQL: its files, its permissions, and how it starts and stops."""

from __future__ import annotations

import stat
import tempfile
from pathlib import Path

import psycopg
import pytest

from example_project import database


@pytest.fixture
def data_dir():
    """A short path, because the paths of Unix sockets are limited to about 100 bytes."""
    with tempfile.TemporaryDirectory(prefix="vcm-pg-") as path:
        yield Path(path) / "data"


@pytest.fixture
def server(data_dir):
    """A running server with the portal's role and database."""
    server = database.start(data_dir, settings={"fsync": "off"})
    try:
        create_portal(server)
        yield server
    finally:
        server.stop()


def create_portal(server):
    server.ensure_role("portal")
    server.ensure_database("portal", owner="portal")


def connect(server):
    return psycopg.connect(server.url("portal", "portal"))


def test_data_survives_a_restart(server, data_dir):
    with connect(server) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    server.stop()
    again = database.start(data_dir, settings={"fsync": "off"})
    try:
        with connect(again) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        again.stop()


def test_stopping_twice_does_nothing(server):
    server.stop()
    server.stop()


def test_role_and_database_may_exist_already(server):
    create_portal(server)
    with connect(server) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("portal",)


def test_the_application_has_no_special_rights(server):
    with connect(server) as connection:
        role = "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert connection.execute(role).fetchone() == (False, False, False)


def test_only_the_owner_reaches_the_socket(server, data_dir):
    assert stat.S_IMODE((data_dir / "socket").stat().st_mode) == 0o700


def test_a_data_directory_in_use_is_refused(server, data_dir):
    with pytest.raises(database.DatabaseError, match="in use by another process"):
        database.start(data_dir)


def test_a_path_that_is_too_long_for_a_socket_is_refused(data_dir):
    with pytest.raises(database.DatabaseError, match="Choose a shorter DEMO_DATA_DIR"):
        database.start(data_dir / ("x" * 100))
