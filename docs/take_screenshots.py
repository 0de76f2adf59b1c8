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


def open_front_desk(page: Page) -> None:
    page.get_by_label("Mailbox").select_option("Front desk")
    page.wait_for_url("**mailbox=team*")
    page.locator(".vcm-row", has_text="Joana Lopes").click()
    page.locator("#vcm-heading").wait_for()
    page.mouse.move(0, 0)


def open_hand_over(page: Page) -> None:
    open_front_desk(page)
    page.get_by_role("button", name="Take", exact=True).click()
    page.locator(".vcm-work", has_text="Taken by you").wait_for()
    page.locator("#vcm-menu-button").click()
    page.get_by_role("menuitem").first.wait_for()


def open_answer_of_team(page: Page) -> None:
    page.locator(".vcm-row", has_text="Letters and referrals").click()
    page.locator("#vcm-heading", has_text="Letters and referrals").wait_for()
    page.mouse.move(0, 0)


def open_team(page: Page) -> None:
    page.locator("main a", has_text="Front desk").click()
    page.get_by_label("Find staff by name").wait_for()


def open_absent_doctor(page: Page) -> None:
    page.locator(".vcm-row", has_text="Chua").click()
    page.locator("#vcm-now").wait_for()
    page.mouse.move(0, 0)


def choose_cover(page: Page) -> None:
    page.get_by_label("First day back").fill(page.get_by_label("First day away").input_value()[:8] + "31")
    page.get_by_label("For something sooner").select_option(label="Front desk")
    page.locator("#vcm-preview button, #vcm-preview .vcm-button").wait_for()


def open_hours(page: Page) -> None:
    open_settings(page)
    page.get_by_label("Monday, from").scroll_into_view_if_needed()
    page.mouse.wheel(0, 300)


def open_quick_replies(page: Page) -> None:
    page.locator(".vcm-row").first.click()
    page.get_by_role("button", name="Quick replies", exact=True).click()
    page.locator(".vcm-reply").first.wait_for()
    page.mouse.move(0, 0)


def open_reminder_settings(page: Page) -> None:
    open_settings(page)
    page.get_by_label("No reminders from").evaluate("field => field.scrollIntoView({ block: 'center' })")


SCREENSHOTS = [
    Screenshot("conversation", "patient", "/messages/", 1440, 1000, prepare=open_newest),
    Screenshot("conversation-de", "patient", "/messages/", 1440, 1000, language="de", prepare=open_newest),
    Screenshot("conversation-ar", "patient", "/messages/", 1440, 1000, language="ar", prepare=open_newest),
    Screenshot("team-picker", "patient", "/messages/new/", 1440, 800),
    Screenshot("team-conversation", "patient", "/messages/", 1440, 900, prepare=open_answer_of_team),
    Screenshot("team-desk", "admin", "/messages/", 1440, 900, prepare=open_front_desk),
    Screenshot("team-hand-over", "admin", "/messages/", 1440, 700, prepare=open_hand_over),
    Screenshot("admin-teams", "admin", "/cms/messages/teams/", 1200, 460),
    Screenshot("admin-team", "admin", "/cms/messages/teams/", 1200, 1100, prepare=open_team),
    Screenshot("admin-dashboard", "admin", "/cms/", 1200, 480),
    Screenshot("admin-dashboard-dark", "admin", "/cms/", 1200, 480, scheme="dark"),
    Screenshot("admin-dashboard-off", "admin", "/cms/", 1200, 480, clinic="lakeside"),
    Screenshot("admin-settings", "admin", "/cms/", 1200, 1420, prepare=open_settings),
    Screenshot("admin-reminders", "admin", "/cms/", 1200, 760, prepare=open_reminder_settings),
    Screenshot("admin-quick-replies", "admin", "/cms/messages/quick-replies/", 1200, 640),
    Screenshot("quick-replies", "admin", "/messages/", 1440, 900, prepare=open_quick_replies),
    Screenshot("admin-waiting", "admin", "/cms/messages/waiting/", 1200, 460),
    Screenshot("admin-activity", "admin", "/cms/messages/activity/", 1200, 760),
    Screenshot("admin-audit", "admin", "/cms/messages/audit/", 1200, 700),
    Screenshot("away", "patient", "/messages/", 1440, 900, prepare=open_absent_doctor),
    Screenshot("absence", "doctor", "/messages/absence/", 1440, 800, prepare=choose_cover),
    Screenshot("admin-absences", "admin", "/cms/messages/absences/", 1200, 520),
    Screenshot("admin-hours", "admin", "/cms/", 1200, 1100, prepare=open_hours),
    Screenshot("admin-export", "admin", "/cms/messages/export-list/", 1200, 760, prepare=fill_in_export),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the port of the demo")
    parser.add_argument("--only", default="", help="take only pictures whose names contain this")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for screenshot in (each for each in SCREENSHOTS if options.only in each.name):
            take(browser, screenshot, options.port)
            print(IMAGES / f"{screenshot.name}.png")


def take(browser: Browser, screenshot: Screenshot, port: int) -> None:
    context = browser.new_context(
        base_url=f"http://{screenshot.clinic}.localhost:{port}",
        viewport={"width": screenshot.width, "height": screenshot.height},
        color_scheme=screenshot.scheme,
        locale=screenshot.language,
    )
    page = context.new_page()
    sign_in(page, screenshot.user, screenshot.path)
    screenshot.prepare(page)
    page.screenshot(path=IMAGES / f"{screenshot.name}.png")
    context.close()


def sign_in(page: Page, user: str, path: str) -> None:
    """Sign in to the page at this path."""
    page.goto(f"/login/?next={path}")
    page.locator("[name=username]").fill(user)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form .button").click()
    page.wait_for_url(f"**{path}")


if __name__ == "__main__":
    main()
