"""Take the screenshots of the documentation from a running demo.

Start ``make demo`` with an empty ``DEMO_DATA_DIR``, then run ``python -m docs.take_screenshots``. Needs
Playwright, a Chromium in the path, and a font such as Liberation Sans.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parent / "images"
PASSWORD = "messages-demo"  # noqa: S105  # of every account of the demo


@dataclass(frozen=True)
class Screenshot:
    """A picture of a page, in CSS pixels. ``prepare`` does what a person would do before."""

    name: str
    user: str
    path: str
    width: int
    height: int
    clinic: str = "riverside"
    scheme: Literal["light", "dark"] = "light"
    language: str = "en"
    prepare: Callable[[Page], None] = lambda page: None


def open_newest(page: Page) -> None:
    page.locator(".vcm-row").first.click()
    page.locator(".vcm-msg").last.wait_for()
    page.locator(".vcm-item").first.locator(".vcm-row--unread").wait_for(state="detached")
    page.mouse.move(0, 0)


def open_settings(page: Page) -> None:
    page.get_by_role("link", name="Settings", exact=True).last.click()
    page.get_by_label("Emergency notice").wait_for()


def fill_in_export(page: Page) -> None:
    page.locator("main table a", has_text="Joana Lopes").first.click()
    page.get_by_label("Reason").fill("Patient’s letter of November 20")


SCREENSHOTS = [
    Screenshot("conversation", "patient", "/messages/", 1440, 1000, prepare=open_newest),
    Screenshot(
        "conversation-de", "patient", "/messages/", 1440, 1000, language="de", prepare=open_newest
    ),
    Screenshot(
        "conversation-ar", "patient", "/messages/", 1440, 1000, language="ar", prepare=open_newest
    ),
    Screenshot("admin-dashboard", "admin", "/cms/", 1200, 480),
    Screenshot("admin-dashboard-dark", "admin", "/cms/", 1200, 480, scheme="dark"),
    Screenshot("admin-dashboard-off", "admin", "/cms/", 1200, 480, clinic="lakeside"),
    Screenshot("admin-settings", "admin", "/cms/", 1200, 1420, prepare=open_settings),
    Screenshot("admin-waiting", "admin", "/cms/messages/waiting/", 1200, 460),
    Screenshot("admin-activity", "admin", "/cms/messages/activity/", 1200, 620),
    Screenshot("admin-audit", "admin", "/cms/messages/audit/", 1200, 700),
    Screenshot("admin-export", "admin", "/cms/messages/export-list/", 1200, 760, prepare=fill_in_export),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the port of the demo")
    port = parser.parse_args().port
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for screenshot in SCREENSHOTS:
            take(browser, screenshot, port)
            print(IMAGES / f"{screenshot.name}.png")


def take(browser: Browser, screenshot: Screenshot, port: int) -> None:
    context = browser.new_context(
        base_url=f"http://{screenshot.clinic}.localhost:{port}",
        viewport={"width": screenshot.width, "height": screenshot.height},
        color_scheme=screenshot.scheme,
        locale=screenshot.language,
    )
    page = context.new_page()
    page.goto(f"/login/?next={screenshot.path}")
    page.locator("[name=username]").fill(screenshot.user)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form .button").click()
    page.wait_for_url(f"**{screenshot.path}")
    screenshot.prepare(page)
    page.screenshot(path=IMAGES / f"{screenshot.name}.png")
    context.close()


if __name__ == "__main__":
    main()
