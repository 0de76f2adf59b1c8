"""`python -m example_project.bench.clinics URL`: what each clinic of a database costs PostgreSQL.

URL is of a database with clinics of `load_clinics`, as `make bench CLINICS=…` leaves one, and of a role that
may read statistics (`pg_read_all_stats`). Prints one table; nothing is changed.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import psycopg
from psycopg import sql

from example_project.bench.by_hand import INBOX

SIZES = {
    "schemas": "SELECT count(*) FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema)'",
    "relations: tables, indexes, sequences": "SELECT count(*) FROM pg_class",
    "of it ours, in each clinic": (
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'template'::regnamespace"
        " AND relname ~ '^(vclinic_messages|vcm)_'"
    ),
    "database": "SELECT pg_size_pretty(pg_database_size(current_database()))",
    "system catalogues": (
        "SELECT pg_size_pretty(sum(pg_total_relation_size(oid))) FROM pg_class"
        " WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r'"
    ),
    "of it columns and indexes (pg_attribute, pg_index, pg_class)": (
        "SELECT pg_size_pretty(sum(pg_total_relation_size(oid))) FROM pg_class"
        " WHERE relname IN ('pg_attribute', 'pg_index', 'pg_class')"
    ),
}
MEMORY = "SELECT sum(total_bytes) FROM pg_backend_memory_contexts"
SCHEMAS = "SELECT schema_name FROM public.clinics_clinic WHERE schema_name ~ '^load' ORDER BY schema_name"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    options = parser.parse_args()
    print("| what | |\n|---|---|")
    with psycopg.connect(options.url, autocommit=True) as connection:
        for what, query in SIZES.items():
            print(f"| {what} | {_value(connection, query)} |")
    with psycopg.connect(options.url, autocommit=True) as connection:
        schemas = [row[0] for row in connection.execute(SCHEMAS)]
        before = int(str(_value(connection, MEMORY)))
        first, second = _visit(connection, schemas), _visit(connection, schemas)
        grown = int(str(_value(connection, MEMORY))) - before
    print(f"| clinics visited by one connection | {len(schemas):,} |")
    print(f"| memory of that connection for each | {grown / len(schemas) / 1000:,.0f} kB |")
    print(f"| first inbox of a clinic on a connection, by hand | {1000 * median(first):.2f} ms |")
    print(f"| the next one | {1000 * median(second):.2f} ms |")


def _value(connection: psycopg.Connection, query: str) -> object:
    row = connection.execute(sql.SQL(query)).fetchone()
    return row[0] if row else None


def _visit(connection: psycopg.Connection, schemas: list[str]) -> list[float]:
    """Seconds for an inbox in each clinic."""
    seconds = []
    for schema in schemas:
        connection.execute(sql.SQL("SET search_path = {}").format(sql.Identifier(schema)))
        begun = time.perf_counter()
        connection.execute(INBOX, {"user": 1}, prepare=False).fetchall()
        seconds.append(time.perf_counter() - begun)
    return seconds


if __name__ == "__main__":
    main()
