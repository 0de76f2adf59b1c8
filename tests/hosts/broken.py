"""Parts of a portal that fail: a directory, a template, a receiver."""

from example_project.people.directory import PortalDirectory


class Breakdown(Exception):
    """Raised by a portal's own code."""


class BrokenDirectory(PortalDirectory):
    """Fails to describe people, which happens in the middle of a send."""

    def describe(self, users):
        raise Breakdown


def broken_receiver(*args, **kwargs):
    """Fail, as the receiver of a signal or any other function."""
    raise Breakdown
