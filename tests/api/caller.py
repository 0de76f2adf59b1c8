"""A phone app's or a script's view of the API."""

from __future__ import annotations

import json
from typing import Any

from tests.clients import ClinicClient

PREFIX = "/messages/api/v1/"


class Caller(ClinicClient):
    """Calls the API of one clinic."""

    def call(self, method: str, path: str, body: bytes = b"", kind: str = "", **headers: str) -> Any:
        """Send any request. ``path`` is below the API's prefix, or a URL from an answer."""
        if not path.startswith(("http", "/")):
            path = PREFIX + path
        return self.send("generic", method, path, body, content_type=kind, headers=_dashed(headers))

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, data: Any = None, **headers: str) -> Any:
        return self.call("POST", path, json.dumps(data or {}).encode(), "application/json", **headers)

    def put(self, path: str, data: Any, **headers: str) -> Any:
        return self.call("PUT", path, json.dumps(data).encode(), "application/json", **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)

    def results(self, path: str) -> list[Any]:
        """Return the results of a page."""
        response = self.get(path)
        assert response.status_code == 200, response.content
        return list(response.json()["results"])


def _dashed(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def refusal(response: Any) -> tuple[int, str]:
    """Return the status and code of an error, and check its shape."""
    data = response.json()
    expected = {"code", "detail"}
    if data["code"] == "invalid":
        expected.add("errors")
    if data["code"] == "sending_not_allowed":
        expected.add("reason")
    assert set(data) == expected, data
    assert isinstance(data["detail"], str)
    assert data["detail"]
    assert response.headers["Content-Type"] == "application/json"
    return response.status_code, data["code"]


def field_codes(response: Any) -> dict[str, list[str]]:
    """Return the codes of an ``invalid`` by field."""
    assert refusal(response) == (400, "invalid")
    errors = response.json()["errors"]
    for problems in errors.values():
        assert all(set(each) == {"code", "detail"} and each["detail"] for each in problems)
    return {field: [each["code"] for each in problems] for field, problems in errors.items()}
