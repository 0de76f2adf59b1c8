"""An embedded PostgreSQL server for `make demo` and for the tests. Knows nothing of Django."""

from .errors import DatabaseError
from .server import Server, start

__all__ = ["DatabaseError", "Server", "start"]
