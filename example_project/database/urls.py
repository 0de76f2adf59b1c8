"""Where the embedded server of a data directory is to be reached, running or not."""

from pathlib import Path
from urllib.parse import quote

SUPERUSER = "postgres"
PORT = 5432  # only part of the socket's name, nothing listens on TCP


def socket_dir(data_dir: Path | str) -> Path:
    return Path(data_dir).absolute() / "socket"


def socket_url(data_dir: Path | str, *, database: str = SUPERUSER, role: str = SUPERUSER) -> str:
    """A libpq URL through the socket; no password, the socket trusts whoever may enter its directory."""
    host = quote(str(socket_dir(data_dir)), safe="")
    return f"postgresql://{quote(role)}@{host}:{PORT}/{quote(database)}"
