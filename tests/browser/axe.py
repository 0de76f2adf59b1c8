"""axe-core, which finds what people with disabilities cannot use. npm installs it, for tests only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.browser.npm_packages import package_file


@dataclass(frozen=True)
class Violation:
    """A rule that a page breaks, and the elements that break it."""

    rule: str
    help: str
    elements: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.rule}: {self.help}\n" + "\n".join(f"      {element}" for element in self.elements)


def violations(page: Page) -> list[Violation]:
    """Return what axe finds with all its rules, best practices included."""
    page.evaluate(_source())
    found: Any = page.evaluate("axe.run({ resultTypes: ['violations'] })")
    return [
        Violation(each["id"], each["help"], tuple(node["html"][:200] for node in each["nodes"]))
        for each in found["violations"]
    ]


@cache
def _source() -> str:
    return package_file("axe-core/axe.min.js").read_text()
