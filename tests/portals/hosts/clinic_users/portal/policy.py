def allow_only_itself(get_response):
    """Middleware: a Content-Security-Policy without exceptions, except for Wagtail, which needs some."""

    def respond(request):
        response = get_response(request)
        if not request.path.startswith("/cms/"):
            response.headers["Content-Security-Policy"] = "default-src 'self'"
        return response

    return respond
