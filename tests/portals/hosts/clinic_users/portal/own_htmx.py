"""A portal with Bootstrap and htmx, whose configuration would break our pages. It boosts every link."""

from portal.settings import *  # noqa: F403
from portal.settings import BASE_DIR, TEMPLATES

TEMPLATES = [{**TEMPLATES[0], "DIRS": [BASE_DIR / "templates_htmx", BASE_DIR / "templates"]}]
