from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
NOT_OURS = "/cms/"  # Wagtail's admin prints inline scripts


class ContentSecurityPolicyMiddleware:
    """Nothing inline and nothing from elsewhere on the portal's pages. (Django has one from 6.0 on.)"""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(NOT_OURS):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
