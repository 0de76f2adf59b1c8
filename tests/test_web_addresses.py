"""Where addresses begin and end, next to what Django's ``urlize`` makes of the same text."""

from __future__ import annotations

import sys

import pytest
from bs4 import BeautifulSoup
from django.utils.html import urlize

from vclinic_messages.web_addresses import web_addresses

A = "https://example.org/a"

#: Texts with their addresses, in which both agree.
ALIKE = [
    ("no address", []),
    (A, [A]),
    (f"see {A}.", [A]),
    (f"({A})", [A]),
    (f"({A}_(b))", [f"{A}_(b)"]),
    (f"[{A}]!", [A]),
    (f'"{A}", <{A}>', [A, A]),
    (f"{A}?b=1&c=2", [f"{A}?b=1&c=2"]),
    (f"{A}\n{A}", [A, A]),
    ("HTTP://EXAMPLE.ORG/a", ["HTTP://EXAMPLE.ORG/a"]),
    ("https://", []),
    ("javascript:alert(1)", []),
]

#: Texts with their addresses, of which ``urlize`` makes something else.
UNLIKE = [
    (f"**{A}**", [A]),
    (f"“{A}”", [A]),
    (f"请看{A}。谢谢", [A]),
    (f"（{A}）", [A]),
    (f"{A}،", [A]),
    (f"{A}…", [A]),
    (f"{A}\u200bb", [A]),
    (f"{A}(b c)", [A]),
    (f"{A}?b=1&copy=2", [f"{A}?b=1&copy=2"]),
    (f"{A}/%7Euser", [f"{A}/%7Euser"]),
    (f"{A}{'b' * 3000}", [f"{A}{'b' * 3000}"]),
    ("Done.example.org", []),
    ("www.example.org", []),
    ("mail@example.org", []),
]


def ours(text):
    return [text[start:end] for start, end in web_addresses(text)]


@pytest.fixture
def by_django(settings):
    settings.URLIZE_ASSUME_HTTPS = True

    def find(text):
        return [
            link["href"] for link in BeautifulSoup(f"<p>{urlize(text, autoescape=True)}", "html.parser")("a")
        ]

    return find


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("text", "addresses"), ALIKE)
def test_what_both_find(by_django, text, addresses):
    assert ours(text) == addresses
    assert [each.lower() for each in by_django(text)] == [each.lower() for each in addresses]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("text", "addresses"), UNLIKE)
def test_what_urlize_would_get_wrong(by_django, text, addresses):
    """If this fails with a later Django, read docs/explanation/decisions/links.md again."""
    assert ours(text) == addresses
    assert by_django(text) != addresses


def calls(text):
    """How many functions are called to find the addresses."""
    count = 0

    def profile(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        web_addresses(text)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "odd", ["(", ")", "()", "().", "[(", ".", "&amp;", ";", "https://", f"{A} ", "**", "。"]
)
def test_the_work_grows_in_proportion_to_the_text(odd):
    assert calls(A + odd * 1000) <= 2 * calls(A + odd * 500) + 20
