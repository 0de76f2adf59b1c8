"""Choose the portal's database role if DATABASE_URL names another server.

If the role in DATABASE_URL is neither superuser nor BYPASSRLS, the portal uses it. Otherwise the portal gets
its own role, `<database>_portal`, with the right to create schemas in the database. Each start sets a new
password.
"""

import secrets
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from .errors import DatabaseError

OLDEST = 14
CONNECT_SECONDS = 10


def application_url(url: str) -> str:
    """Return the URL for the portal. Raises DatabaseError if server, database or role are not suitable."""
    with _connect(url, "DATABASE_URL cannot be used") as connection:
        _check_version(connection)
        if not _is_privileged(connection):
            _check_may_create(connection)
            return url
        role, password = f"{connection.info.dbname}_portal", secrets.token_urlsafe(24)
        _create_role(connection, role, password)
        _check_tables(connection, role)
    changed = with_user(url, role, password)
    _connect(changed, f"The role {role} cannot sign in. Name another role in DATABASE_URL").close()
    return changed


def with_user(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    address = parts.netloc.rpartition("@")[2]
    query = [(key, value) for key, value in parse_qsl(parts.query) if key not in ("user", "password")]
    netloc = f"{quote(role, safe='')}:{quote(password, safe='')}@{address}"
    return urlunsplit(parts._replace(netloc=netloc, query=urlencode(query, quote_via=quote)))


def _connect(url: str, problem: str) -> psycopg.Connection:
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS)
    except psycopg.Error as error:
        raise DatabaseError(f"{problem}: {error}") from None


def _check_version(connection: psycopg.Connection) -> None:
    version = connection.info.server_version // 10000
    if version < OLDEST:
        raise DatabaseError(f"DATABASE_URL leads to PostgreSQL {version}, but {OLDEST} or newer is needed.")


def _is_privileged(connection: psycopg.Connection) -> bool:
    query = "SELECT 1 FROM pg_roles WHERE rolname = current_user AND (rolsuper OR rolbypassrls)"
    return connection.execute(query).fetchone() is not None


def _check_may_create(connection: psycopg.Connection) -> None:
    query = "SELECT has_database_privilege(current_database(), 'CREATE')"
    if connection.execute(query).fetchone() != (True,):
        raise DatabaseError(
            f"DATABASE_URL: {connection.info.user} may not create schemas in {connection.info.dbname}."
            " Make it the owner of the database."
        )


def _create_role(connection: psycopg.Connection, role: str, password: str) -> None:
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
    name, database = sql.Identifier(role), sql.Identifier(connection.info.dbname)
    statements = (
        sql.SQL("ALTER ROLE {}" if exists else "CREATE ROLE {}").format(name)
        + sql.SQL(" LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD {}").format(password),
        sql.SQL("GRANT CONNECT, CREATE ON DATABASE {} TO {}").format(database, name),
        sql.SQL("GRANT CREATE, USAGE ON SCHEMA public TO {}").format(name),
    )
    try:
        for statement in statements:
            connection.execute(statement)
    except psycopg.Error as error:
        raise DatabaseError(f"DATABASE_URL: cannot create the role {role} for the portal: {error}") from None


def _check_tables(connection: psycopg.Connection, role: str) -> None:
    """Raise DatabaseError if the portal's tables belong to another role, which the new role could not use."""
    query = "SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = 'clinics_clinic'"
    found = connection.execute(query).fetchone()
    if found and found[0] != role:
        raise DatabaseError(
            f"The tables in {connection.info.dbname} belong to {found[0]}, but the portal runs as {role}."
            " Use an empty database."
        )
