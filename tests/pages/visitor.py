"""A browser's view of the pages, without scripts."""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup, Tag

from tests.clients import ClinicClient

INBOX = "/messages/"
NEW = "/messages/new/"


class Visitor(ClinicClient):
    """Visits the pages of one clinic."""

    def get(self, path: str, **options: Any) -> Any:
        return self.send("get", path, **options)

    def post(self, path: str, data: dict[str, Any], **options: Any) -> Any:
        return self.send("post", path, data, **options)

    def ask(self, path: str, target: str, **options: Any) -> Any:
        """Get the answer that htmx gets for the element with this id."""
        return self.get(path, headers={"HX-Request": "true", "HX-Target": target}, **options)

    def press(self, response: Any, form: str, button: dict[str, str] | None = None, **typed: str) -> Any:
        """Fill in a form of a page and post it, with one of its buttons if given."""
        found = only(response, form)
        return self.post(found["action"], {**values(found), **typed, **(button or {})})


def page(response: Any) -> BeautifulSoup:
    return BeautifulSoup(response.content.decode(), "html.parser")


def only(response: Any, selector: str) -> Tag:
    """Return the only element that matches."""
    found = page(response).select(selector)
    assert len(found) == 1, f"{len(found)} elements match {selector}"
    return found[0]


def texts(response: Any, selector: str) -> list[str]:
    """Return the texts of the elements that match, with white space folded."""
    return [" ".join(each.get_text().split()) for each in page(response).select(selector)]


def values(form: Tag) -> dict[str, str]:
    """Return what the form would post without a button."""
    found = {}
    for field in form.select("input[name], textarea[name]"):
        if field.get("type") == "radio" and not field.has_attr("checked"):
            continue
        value = field.get_text() if field.name == "textarea" else field.get("value", "")
        found[str(field["name"])] = str(value).removeprefix("\n") if field.name == "textarea" else str(value)
    return found
