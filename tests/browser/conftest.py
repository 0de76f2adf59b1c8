"""Debian's Chromium, driven by Playwright, against a real server."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django_tenants.utils import schema_context
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.conftest import in_clinic
from tests.servers import Portal, serve, sign_in
from vclinic_messages.models import Role
from vclinic_messages.testing import create_member

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
            # A busy machine can be slower than Playwright waits. Whoever reads the run sees it as "rerun".
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One for each module: while it is there, an event loop runs in this thread."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("chromium is missing: make test installs it on Debian, elsewhere install it")
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def portal(committed: None, request: pytest.FixtureRequest) -> Iterator[Portal]:
    """The example portal. An indirect parameter gives its environment."""
    with serve(**getattr(request, "param", {})) as running:
        yield running


@pytest.fixture
def people(committed: None) -> Iterator[Any]:
    with in_clinic("alder"):
        found = SimpleNamespace(
            patient=create_member(Role.PATIENT, username="patient", first_name="Maya", last_name="Ferreira"),
            patient2=create_member(Role.PATIENT, username="patient2", first_name="Joana", last_name="Lopes"),
            doctor=create_member(Role.DOCTOR, username="doctor", first_name="Amara", last_name="Okafor"),
            doctor2=create_member(Role.DOCTOR, username="doctor2", first_name="Henrik", last_name="Solberg"),
            admin=create_member(Role.ADMIN, username="admin", first_name="Ruth", last_name="Adeyemi"),
        )
    with schema_context("alder"):
        yield found


@pytest.fixture
def open_as(chromium: Browser, portal: Portal) -> Iterator[Callable[..., BrowserContext]]:
    """A browser of its own in which this person is signed in. Its errors fail the test at the end."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(message, errors))

    def open_as(
        person: Any,
        *,
        clinic: str = "alder",
        allow_errors: bool = False,
        browser: Browser = chromium,
        **options: Any,
    ) -> BrowserContext:
        context = browser.new_context(base_url=portal.url(clinic), **options)
        if person is not None:
            url = portal.url(clinic)
            context.add_cookies([{"name": "sessionid", "value": sign_in(person), "url": url}])
        context.set_default_timeout(10_000)
        if not allow_errors:
            context.on("page", watch)
        contexts.append(context)
        return context

    yield open_as
    for context in contexts:
        context.close()
    assert errors == []


def _note(message: Any, errors: list[str]) -> None:
    if message.type == "error":
        errors.append(f"{message.location.get('url')}: {message.text}")
