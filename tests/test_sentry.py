"""What is removed from a report, and what stays. tests/faults/test_sentry.py uses the real sentry-sdk."""

from __future__ import annotations

import pytest

from vclinic_messages.sentry import remove_texts

SECRET = "It-burns"


def frame(**variables):
    return {"function": "send", "lineno": 7, "vars": variables}


@pytest.mark.parametrize(
    "event",
    [
        {"exception": {"values": [{"stacktrace": {"frames": [frame(body=SECRET)]}}]}},
        {"threads": {"values": [{"stacktrace": {"frames": [frame(data={"body": SECRET})]}}]}},
        {"request": {"method": "POST", "data": {"body": SECRET}}},
        {"request": {"method": "POST", "data": SECRET}},
        {"request": {"query_string": f"q={SECRET}", "url": f"http://a.localhost/messages/?q={SECRET}"}},
        {"request": {"headers": {"Referer": f"http://a.localhost/messages?unread=true&q={SECRET}"}}},
        {"extra": {"request": f"<WSGIRequest: GET '/messages/?q={SECRET}'>"}},
        {
            "breadcrumbs": {
                "values": [{"data": {"http.query": f"q={SECRET}", "url": f"/messages/?q={SECRET}"}}]
            }
        },
        {"spans": [{"data": {"context": {"listing": SECRET}, "db.params": [SECRET]}}]},
        {"name": "GET /", "attributes": {"url.full": f"http://a/messages/?q={SECRET}", "url.query": SECRET}},
        {"logentry": {"message": "%s", "params": (f"/messages/?q={SECRET}",)}},
    ],
)
def test_nothing_is_left_of_a_text(event):
    assert SECRET in repr(event)
    assert SECRET not in repr(remove_texts(event, {}))


TYPED = 'o\'brien "diabetes" <für>'


@pytest.mark.parametrize("name", ["Referer", "referer", "HX-Current-URL", "Hx-Current-Url", "url"])
def test_the_whole_query_of_a_url_is_removed(name):
    """Sentry may have decoded it. A quote or a space does not end it."""
    assert remove_texts({"request": {"headers": {name: f"http://a/messages/?q={TYPED}&x=1"}}}) == {
        "request": {"headers": {name: "http://a/messages/"}}
    }


@pytest.mark.parametrize("name", ["url.full", "http.url", "http.request.header.referer"])
@pytest.mark.parametrize("wrap", [str, lambda url: [url], lambda url: {"value": url}])
def test_the_whole_query_of_a_span_is_removed(name, wrap):
    event = {"attributes": {name: wrap(f"http://a/?q={TYPED}&x=1")}}
    assert remove_texts(event) == {"attributes": {name: wrap("http://a/")}}


def test_what_surrounds_a_query_in_a_text_stays():
    event = {"value": "KeyError('a?b=c') in GET '/messages/?q=d' (why? x = 1)"}
    assert remove_texts(event) == {"value": "KeyError('a') in GET '/messages/' (why? x = 1)"}


def test_everything_else_stays():
    event = {
        "exception": {
            "values": [{"type": "IntegrityError", "value": "Why? SQLSTATE 23514", "stacktrace": None}]
        },
        "request": {
            "method": "POST",
            "url": "http://a.localhost/messages/",
            "headers": {"Host": "a.localhost"},
        },
        "contexts": {"trace": {"data": {"thread.name": "main"}}},
        "extra": {"data": 1},
        "spans": [{"description": "SELECT a ? 'b' FROM c WHERE d = %s"}],
    }
    assert remove_texts(event) == event


def test_the_report_of_the_caller_is_not_changed():
    event = {"request": {"data": SECRET}}
    remove_texts(event)
    assert event == {"request": {"data": SECRET}}
