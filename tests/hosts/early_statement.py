"""A portal whose middleware runs a statement before the view, as in most portals."""

from django.db import connection

from example_project.settings import *  # noqa: F403
from example_project.settings import MIDDLEWARE as _MIDDLEWARE

MIDDLEWARE = [*_MIDDLEWARE, "tests.hosts.early_statement.early_statement"]


def early_statement(get_response):
    """Run a statement. django-tenants sets the search path for it; later ones may get another connection."""

    def answer(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return get_response(request)

    return answer
