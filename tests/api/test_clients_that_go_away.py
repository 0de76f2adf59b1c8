"""A client goes away while its request is read. Django then closes the body under the view."""

import io
import logging

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.urls import resolve


def send(path, user, content_type):
    body = io.BytesIO(b"body=Hello")
    request = ASGIRequest(
        {
            "type": "http",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [
                (b"host", b"alder.localhost"),
                (b"content-type", content_type),
                (b"content-length", b"10"),
            ],
        },
        body,
    )
    body.close()
    request.user, request.session, request.htmx = user, {}, False
    request._dont_enforce_csrf_checks = True
    found = resolve(path)
    return found.func(request, *found.args, **found.kwargs)


@pytest.mark.parametrize("path", ["/messages/api/v1/conversations/{}/messages/", "/messages/{}/"])
def test_nothing_is_sent_and_no_traceback_is_logged(doctor, conversation, path, caplog):
    kind = b"application/json" if "api" in path else b"application/x-www-form-urlencoded"
    with caplog.at_level(logging.DEBUG):
        response = send(path.format(conversation.pk), doctor, kind)
    assert response.status_code == 400
    assert [record for record in caplog.records if record.exc_info] == []
    conversation.refresh_from_db()
    assert conversation.message_count == 1
