"""The address of the embedded server of a data directory."""

from pathlib import Path
from urllib.parse import quote

SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's file name: nothing listens on TCP


def socket_dir(data_dir: Path | str) -> Path:
    return Path(data_dir).absolute() / "socket"


def socket_url(data_dir: Path | str, *, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
    """Return a libpq URL for the socket. No password: the permissions of its directory protect it."""
    host = quote(str(socket_dir(data_dir)), safe="")
    return f"postgresql://{quote(role)}@{host}:{PORT}/{quote(database)}"
