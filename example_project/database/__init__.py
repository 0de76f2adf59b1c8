"""An embedded PostgreSQL server for `make demo` and for the tests. Does not use Django."""

from .errors import DatabaseError
from .server import Server, start

__all__ = ["DatabaseError", "Server", "start"]
