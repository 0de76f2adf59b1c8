class DatabaseError(Exception):
    """The database could not be started or prepared; the text says why and what to do."""
