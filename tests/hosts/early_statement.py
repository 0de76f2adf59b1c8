"""A portal whose middleware reads the clinic's tables before any view does, as most portals have one."""

from django.db import connection

from example_project.settings import *  # noqa: F403
from example_project.settings import MIDDLEWARE as _MIDDLEWARE

MIDDLEWARE = [*_MIDDLEWARE, "tests.hosts.early_statement.early_statement"]


def early_statement(get_response):
    """The search path is set for this statement; what follows may run on another connection."""

    def answer(request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return get_response(request)

    return answer
