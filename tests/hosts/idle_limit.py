"""The example portal with an idle limit: every request extends the session."""

from example_project.settings import *  # noqa: F403

SESSION_SAVE_EVERY_REQUEST = True
