"""System checks: one for each mistake that an integrator can make, with a hint on how to correct it.

Importing this package registers them, so the AppConfig imports it when Django starts.

The docstring of a check says what each of its ids means, as ``W014: … .``. The page "System checks" of the
documentation is generated from it: run ``make docs``.
"""

from vclinic_messages.checks import (
    base_template,
    citus,
    database,
    directory,
    installation,
    live,
    reminders,
    sessions,
    settings,
    templates,
    urls,
)

__all__ = [
    "base_template",
    "citus",
    "database",
    "directory",
    "installation",
    "live",
    "reminders",
    "sessions",
    "settings",
    "templates",
    "urls",
]
