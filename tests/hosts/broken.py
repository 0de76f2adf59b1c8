"""Parts of a portal that fail: a directory, a template, a receiver."""

from example_project.people.directory import PortalDirectory


class Breakdown(Exception):
    """Raised by what a portal adds to Messages."""


class BrokenDirectory(PortalDirectory):
    """Fails where a person is described: in the midst of a send."""

    def describe(self, users):
        raise Breakdown


def broken_receiver(*args, **kwargs):
    """Of a signal, or of whatever else is called."""
    raise Breakdown
