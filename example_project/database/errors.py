class DatabaseError(Exception):
    """The database could not be started or prepared. The message says why and what to do."""
