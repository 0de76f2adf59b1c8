"""A portal whose REST_FRAMEWORK settings would change every answer if the API used them."""

from typing import Any

from rest_framework.response import Response

from example_project.settings import *  # noqa: F403

LANGUAGE_CODE = "de"
TIME_ZONE = "Asia/Kolkata"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"],
    "DEFAULT_THROTTLE_CLASSES": ["tests.api.other_throttle.NoPolling"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.BrowsableAPIRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.FormParser"],
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
    "DEFAULT_FILTER_BACKENDS": ["rest_framework.filters.SearchFilter"],
    "DEFAULT_VERSIONING_CLASS": "rest_framework.versioning.AcceptHeaderVersioning",
    "ALLOWED_VERSIONS": ["9"],
    "DEFAULT_VERSION": "8",
    "PAGE_SIZE": 1,
    "DATETIME_FORMAT": "%d.%m.%Y",
    "EXCEPTION_HANDLER": "tests.api.other_portal.handle_exception",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": "as",
    "UNICODE_JSON": False,
    "COERCE_BIGINT_TO_STRING": True,
}


def handle_exception(exc: Exception, context: Any) -> Response:
    """Answer as the portal does."""
    return Response({"portal": "error"}, status=418)
