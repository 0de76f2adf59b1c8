"""How large the answers are, uncompressed, with 25 conversations or 50 messages of a usual length."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("conversations/", 18_000),
        ("conversations/{id}/messages/", 15_000),
        ("recipients/", 6_000),
        ("live/state/", 400),
        ("/messages/", 42_000),
        ("/messages/{id}/", 60_000),
    ],
)
def test_an_answer_is_not_larger_than_its_budget(heavy, path, most):
    response = heavy.caller.get(path.format(id=heavy.conversation))
    assert response.status_code == 200
    assert len(response.content) <= most
