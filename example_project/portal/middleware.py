from django.http import HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

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
EXEMPT = "/cms/"  # Wagtail's admin contains inline scripts


class ContentSecurityPolicyMiddleware(MiddlewareMixin):
    """Forbids inline scripts and content of other hosts on the portal's pages. Django has one since 6.0."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not request.path.startswith(EXEMPT):
            response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
