"""HTTP: methods, content types, CSRF, headers."""

import json

import pytest

from tests.actions.snapshot import rows
from tests.api.caller import field_codes, refusal
from tests.clients import CutOff

CALLS = {
    "feature/": {"GET"},
    "recipients/": {"GET"},
    "conversations/": {"GET", "POST"},
    "conversations/{id}/": {"GET"},
    "conversations/{id}/messages/": {"GET", "POST"},
    "conversations/{id}/read/": {"POST"},
    "conversations/{id}/no-answer-needed/": {"POST", "DELETE"},
    "live/state/": {"GET"},
    "live/ticket/": {"POST"},
}
WRITES = ["conversations/", "conversations/{id}/messages/", "conversations/{id}/read/"]


@pytest.mark.parametrize(
    ("path", "method"),
    [
        (path, method)
        for path, allowed in CALLS.items()
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        if method not in allowed
    ],
)
def test_other_methods_are_not_allowed(api, conversation, doctor, path, method):
    before = rows()
    response = api(doctor).call(method, path.format(id=conversation.pk), b"{}", "application/json")
    assert refusal(response) == (405, "method_not_allowed")
    assert CALLS[path] <= set(response.headers["Allow"].split(", "))
    assert rows() == before


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    "kind",
    ["application/x-www-form-urlencoded", "text/plain", "application/xml", "multipart/form-data; boundary=x"],
)
def test_only_json_is_understood(api, conversation, doctor, path, kind):
    before = rows()
    response = api(doctor).call("POST", path.format(id=conversation.pk), b'{"body": "Hi"}', kind)
    assert refusal(response) == (415, "unsupported_media_type")
    assert rows() == before


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
def test_json_is_understood(api, address, doctor, kind):
    body = json.dumps({"body": "Olá 😀"}, ensure_ascii=False).encode()
    response = api(doctor).call("POST", f"{address}messages/", body, kind)
    assert (response.status_code, response.json()["body"]) == (201, "Olá 😀")


@pytest.mark.parametrize("path", WRITES)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"body": "Hi"',
        b"\xff\xfe",
        b'{"body": NaN}',
        b"[" * 100_000,
        b'{"seen": ' + b"9" * 5000 + b"}",
    ],
    ids=["open", "word", "cut", "bytes", "nan", "deep", "huge"],
)
def test_malformed_json_is_a_parse_error(api, conversation, doctor, path, body):
    before = rows()
    response = api(doctor).call("POST", path.format(id=conversation.pk), body, "application/json")
    assert refusal(response) == (400, "parse_error")
    assert rows() == before


@pytest.mark.parametrize("body", [b"[]", b'"text"', b"1", b"null", b"true", b'[{"body": "Hi"}]'])
@pytest.mark.parametrize("path", WRITES)
def test_json_other_than_an_object_is_invalid(api, conversation, doctor, path, body):
    response = api(doctor).call("POST", path.format(id=conversation.pk), body, "application/json")
    assert refusal(response) == (400, "invalid")


@pytest.mark.parametrize("path", [path for path, methods in CALLS.items() if "POST" in methods])
def test_a_post_without_the_csrf_token_is_refused(api, conversation, doctor, path):
    before = rows()
    caller = api(doctor, enforce_csrf_checks=True)
    assert refusal(caller.post(path.format(id=conversation.pk))) == (403, "permission_denied")
    assert rows() == before


def test_a_post_with_the_csrf_token_is_accepted(api, address, doctor):
    caller = api(doctor, enforce_csrf_checks=True)
    token = "a" * 32
    caller.client.cookies["csrftoken"] = token
    response = caller.post(f"{address}messages/", {"body": "Hi"}, X_CSRFToken=token)
    assert response.status_code == 201


def test_signed_out_is_reported_before_a_missing_csrf_token(api, address):
    caller = api(enforce_csrf_checks=True)
    assert refusal(caller.post(f"{address}messages/", {"body": "Hi"})) == (403, "not_authenticated")


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "*/*"])
def test_the_answer_is_json_whatever_accept_says(api, doctor, accept):
    response = api(doctor).get("conversations/?format=xml", Accept=accept)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("path", [path for path, methods in CALLS.items() if "GET" in methods])
def test_caches_may_not_store_answers(api, conversation, doctor, path):
    directives = api(doctor).get(path.format(id=conversation.pk)).headers["Cache-Control"]
    assert "private" in directives
    assert "no-store" in directives or "no-cache" in directives


def test_unknown_fields_are_ignored(api, address, doctor):
    response = api(doctor).post(f"{address}messages/", {"body": "Hi", "sender": 1, "sent_at": "1999-01-01"})
    assert response.status_code == 201
    assert response.json()["sender"]["id"] == str(doctor.pk)


def test_types_are_not_converted(api, address, conversation, doctor, patient):
    caller = api(doctor)
    for body in (5, True, ["Hi"], {"text": "Hi"}):
        assert field_codes(caller.post(f"{address}messages/", {"body": body})) == {"body": ["invalid_type"]}
    assert field_codes(caller.post(f"{address}messages/", {"body": None})) == {"body": ["required"]}
    for number in ("1", 1.5, True, [1]):
        codes = field_codes(caller.post(f"{address}messages/", {"body": "Hi", "seen": number}))
        assert codes == {"seen": ["invalid_type"]}
        codes = field_codes(caller.post(f"{address}read/", {"message": number}))
        assert codes == {"message": ["invalid_type"]}
    codes = field_codes(caller.post("conversations/", {"recipient": patient.pk, "body": "Hi"}))
    assert codes == {"recipient": ["invalid_type"]}


def test_a_request_that_is_too_large_is_refused_in_the_contracts_shape(api, address, doctor, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = api(doctor).post(f"{address}messages/", {"body": "x" * 2000})
    assert refusal(response) == (400, "parse_error")


def test_a_request_that_was_cut_off_is_refused_in_the_contracts_shape(api, address, doctor):
    caller = api(doctor, raise_request_exception=False)
    path, cut_off = f"/messages/api/v1/{address}messages/", {"wsgi.input": CutOff()}
    response = caller.send("generic", "POST", path, b"{}", "application/json", **cut_off)
    assert refusal(response) == (400, "parse_error")


def test_allowed_methods_are_those_that_answer(api, address, doctor):
    response = api(doctor).call("OPTIONS", f"{address}messages/")
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, POST"


def test_seen_may_be_null(api, address, doctor):
    assert api(doctor).post(f"{address}messages/", {"body": "Hello", "seen": None}).status_code == 201
