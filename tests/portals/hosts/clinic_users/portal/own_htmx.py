"""A portal that uses htmx itself, with a configuration that would break our pages, and boosts every link."""

from portal.settings import *  # noqa: F403
from portal.settings import BASE_DIR, TEMPLATES

TEMPLATES = [{**TEMPLATES[0], "DIRS": [BASE_DIR / "templates_htmx", BASE_DIR / "templates"]}]
