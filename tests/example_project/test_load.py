"""`make load`: a morning with a restart of PostgreSQL, which must run again afterwards."""

from __future__ import annotations

import asyncio
import tempfile
from argparse import Namespace
from pathlib import Path

import psycopg

from example_project.bench.load.__main__ import disturbed, server


def test_postgres_runs_again_when_the_morning_is_over():
    async def work():
        await asyncio.sleep(0)
        return 5

    with tempfile.TemporaryDirectory(prefix="vcm-pg-") as path:
        options = Namespace(database_url=None, data_dir=Path(path) / "data")
        with server(options) as (url, restart):
            before = started_at(url)
            assert disturbed(work(), restart, seconds=0) == 5
            assert started_at(url) > before


def started_at(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_postmaster_start_time()").fetchone()[0]
