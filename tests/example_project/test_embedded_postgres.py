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


def test_data_survives_a_restart(data_dir):
    server = database.start(data_dir, settings={"fsync": "off"})
    try:
        for _time in range(2):
            server.ensure_role("portal")
            server.ensure_database("portal", owner="portal")
        with psycopg.connect(server.url("portal", "portal")) as connection:
            connection.execute("CREATE TABLE kept (id int)")
        assert stat.S_IMODE((data_dir / "socket").stat().st_mode) == 0o700
        with pytest.raises(database.DatabaseError, match="in use by another process"):
            database.start(data_dir)
    finally:
        server.stop()
    server.stop()
    again = database.start(data_dir, settings={"fsync": "off"})
    try:
        with psycopg.connect(again.url("portal", "portal")) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
            role = "SELECT rolsuper, rolbypassrls, rolcreatedb FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(role).fetchone() == (False, False, False)
    finally:
        again.stop()


def test_a_path_that_is_too_long_for_a_socket_is_refused(data_dir):
    with pytest.raises(database.DatabaseError, match="Choose a shorter DEMO_DATA_DIR"):
        database.start(data_dir / ("x" * 100))
