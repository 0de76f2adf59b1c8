"""Portals that bring something of their own into the browser: htmx and Bootstrap, or a strict policy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM_ARGUMENTS
from tests.browser.npm_packages import package_file
from tests.portals.test_clinic_users import HOST, SERVER
from tests.portals.visiting import Person, Site
from tests.portals.walk import ANSWER, QUESTION, start, switch, walk
from vclinic_messages.models import BODY_MAX_LENGTH

#: What the browser refuses is collected in the page itself.
COLLECT_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
});
"""

#: How elements look, whatever their size: with a style sheet, and without it. Returns those that differ.
COMPARE_LOOKS = """
([elements, sheet]) => {
  const looks = ["color", "background-color", "font-size", "font-weight", "line-height", "letter-spacing",
    "text-decoration", "list-style", "display", "box-sizing", "margin-block", "padding", "border",
    "border-radius"];
  const look = () => [...document.querySelectorAll(elements)].map((each) => {
    const style = getComputedStyle(each);
    return looks.map((name) => `${name}: ${style.getPropertyValue(name)}`);
  });
  const links = document.querySelectorAll(`link[href*="${sheet}"]`);
  const freeze = document.createElement("style");
  freeze.textContent = "* { transition: none !important }";
  document.head.append(freeze);
  const names = [...document.querySelectorAll(elements)].map((each) => `${each.localName}.${each.className}`);
  const before = look();
  links.forEach((each) => { each.disabled = true });
  const after = look();
  links.forEach((each) => { each.disabled = false });
  freeze.remove();
  return { compared: links.length * names.length, differ: names.flatMap((name, index) =>
    before[index].filter((value, at) => value !== after[index][at]).map((value) => `${name} ${value}`)) };
}
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "chromium is missing: make test-portals installs it on Debian, elsewhere install it"
    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


class Tab:
    """A tab of somebody who has signed in."""

    def __init__(self, browser: Browser, site: Site, name: str) -> None:
        person = Person(site)
        person.sign_in(name)
        self.url = f"http://{site.host}:{site.portal.port}"
        context = browser.new_context()
        context.add_cookies(
            [{"name": key, "value": value, "url": self.url} for key, value in person.http.cookies.items()]
        )
        self.page: Page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.page.add_init_script(COLLECT_VIOLATIONS)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def violations(self) -> Any:
        return self.page.evaluate("window.violations")


def test_a_portal_with_its_own_htmx_and_bootstrap(clinic_users, chromium):
    """Refusals are seen, the panes stay, no text is stored in the browser, htmx and styles are left alone."""
    portal = clinic_users("portal.own_htmx")
    for name in ("css/bootstrap.min.css", "js/bootstrap.bundle.min.js"):
        shutil.copy(package_file(f"bootstrap/dist/{name}"), portal.folder / "static")
    with portal.serving(SERVER) as server:
        site = Site(server, HOST)
        walk(site)
        doctor = Tab(chromium, site, "doctor")
        page = doctor.open("/")
        page.locator("[data-vcm-nav]").click()  # the portal boosts the link
        page.locator("[data-enhanced] .vcm-row").first.click()
        body = page.locator("#vcm-body")
        expect(body).to_be_visible()
        neither_side_restyles_the_other(page)
        body.fill("x" * (BODY_MAX_LENGTH + 1))
        page.locator("#vcm-send").click()
        expect(page.locator("#vcm-alert")).to_contain_text("too long")
        assert body.input_value().startswith("xxx")
        body.fill("Come at nine.")
        page.locator("#vcm-send").click()
        expect(page.locator("#vcm-messages")).to_contain_text("Come at nine.")
        expect(page.locator("#vcm-main")).to_have_count(1)
        page.evaluate("document.querySelector('#vcm-new').click()")
        expect(page.locator("#vcm-picker")).to_be_visible()
        page.go_back()
        expect(page.locator("#vcm-messages")).to_contain_text("Come at nine.")
        assert page.evaluate("window.htmx === window.portalsHtmx")
        assert page.evaluate("window.htmx.config.defaultSwapStyle") == "outerHTML"
        stored = page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")
        assert ANSWER not in stored
        assert QUESTION not in stored
        assert "Come at nine." not in stored
        page.locator("nav a", has_text="Home").click()
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
        assert "Come at nine." not in page.evaluate("JSON.stringify({...sessionStorage})")
        page.go_back()
        expect(page.locator("[data-enhanced] #vcm-messages")).to_contain_text("Come at nine.")
        assert doctor.errors == []


def neither_side_restyles_the_other(page: Page) -> None:
    """Each looks as without the other's style sheets, and Bootstrap's menu opens."""
    of_portal = "body, main, .navbar, .navbar *:not([data-vcm-badge], [data-vcm-badge] *), footer, footer *"
    ours = "#vcm-app *:not(script, template)"
    for elements, sheet in ((of_portal, "vclinic_messages/"), (ours, "bootstrap")):
        found = page.evaluate(COMPARE_LOOKS, [elements, sheet])
        assert found["compared"] > 10
        assert found["differ"] == []
    page.locator(".dropdown-toggle").click()
    expect(page.locator(".dropdown-menu")).to_be_visible()
    page.locator(".dropdown-toggle").click()
    expect(page.locator(".dropdown-menu")).to_be_hidden()


def test_every_page_under_a_strict_policy(clinic_users, chromium):
    portal = clinic_users("portal.strict_policy")
    with portal.serving(SERVER) as server:
        site = Site(server, HOST)
        switch(site, on=True)
        patient = Person(site)
        patient.sign_in("patient")
        conversation = start(patient)
        for name in ("patient", "doctor"):
            tab = Tab(chromium, site, name)
            paths = ["/messages/", "/messages/new/", "/messages/?show=unread", conversation]
            for path in [
                "/",
                *paths,
                "/messages/absence/",
                "/messages/quick-replies/",
                "/messages/reminders/",
                f"{conversation}print/",
                f"/messages/{'0' * 8}-0000-4000-8000-{'0' * 12}/",
            ]:
                page = tab.open(path)
                if path in paths:
                    expect(page.locator("#vcm-app[data-enhanced]")).to_have_count(1)
                assert (path, tab.violations()) == (path, [])
            assert tab.errors == []
        switch(site, on=False)
        tab.open("/messages/")
        assert tab.violations() == []
