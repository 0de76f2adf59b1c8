"""Take the pictures of the tutorial: do in its portal what step 8 says.

Follow the tutorial up to ``uvicorn`` in step 8, then run ``python -m docs.take_tutorial_pictures`` with the
folder of the portal. Needs what ``docs.take_moving_picture`` needs.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from docs.take_screenshots import IMAGES, open_settings

PASSWORD = "tutorial"  # noqa: S105  # of everybody in the tutorial
NOTICE = "In an emergency call 112."
TERMINAL = """<style>
    body { margin: 0; background: #1e1e1e; color: #eee }
    pre { margin: 0; padding: 16px; font: 14px/1.5 monospace; white-space: pre-wrap }
</style>"""
TEXT = "May I eat before the blood test?"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("portal", type=Path, help="the folder of the tutorial's portal")
    parser.add_argument("--port", type=int, default=8000, help="the port of the tutorial's portal")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        show_terminal(new_page(browser, options.port), "tutorial-urls", check_after_step_4(options.portal))
        visitor = new_page(browser, options.port, height=130)
        visitor.goto("/")
        take(visitor, "tutorial-home")
        show_people(signed_in(new_page(browser, options.port, height=360), "manager", "/cms/"))
        switch_on(signed_in(new_page(browser, options.port, height=700), "manager", "/cms/"))
        doctor = signed_in(new_page(browser, options.port), "doctor")
        write(signed_in(new_page(browser, options.port, height=640), "patient"))
        doctor.locator(".vcm-toast").wait_for()
        take(doctor, "tutorial-toast")


def new_page(browser: Browser, port: int, *, height: int = 260) -> Page:
    context = browser.new_context(
        base_url=f"http://riverside.localhost:{port}",
        viewport={"width": 960, "height": height},
        locale="en",
        reduced_motion="reduce",
    )
    return context.new_page()


def take(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    path = IMAGES / f"{name}.webp"
    Image.open(io.BytesIO(page.screenshot())).save(path, quality=80, method=6)
    print(path)


def signed_in(page: Page, user: str, path: str = "/login/") -> Page:
    page.goto(path)
    page.locator("[name=username]").fill(user)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "login" not in url)
    return page


def check_after_step_4(portal: Path) -> str:
    """Return what the check says before there are templates."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(
            portal, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("templates", ".venv")
        )
        command = [sys.executable, "manage.py", "check"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    return f"$ python manage.py check\n{done.stdout}{done.stderr}"


def show_terminal(page: Page, name: str, text: str) -> None:
    """Take a picture of a terminal."""
    page.set_content(f"{TERMINAL}<pre>{escape(text.strip())}</pre>")
    page.set_viewport_size({"width": 960, "height": page.locator("pre").evaluate("pre => pre.offsetHeight")})
    take(page, name)


def show_people(page: Page) -> None:
    page.goto("/cms/users/")
    page.get_by_role("link", name="patient", exact=True).wait_for()
    take(page, "tutorial-people")


def switch_on(page: Page) -> None:
    open_settings(page)
    page.locator("[name=enabled]").check()
    page.locator("[name=emergency_notice]").fill(NOTICE)
    page.locator("[name=response_time]").fill("We answer within two working days.")
    page.locator("[name=enabled]").evaluate("box => box.scrollIntoView({ block: 'center' })")
    take(page, "tutorial-settings")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("updated").first.wait_for()


def write(page: Page) -> None:
    page.locator("nav").get_by_role("link", name="Messages").click()
    page.get_by_role("link", name="New message").first.click()
    page.locator(".vcm-person").first.click()
    page.locator("#vcm-body").fill(TEXT)
    take(page, "tutorial-new-message")
    page.locator("#vcm-send").click()
    page.locator(".vcm-msg").first.wait_for()


if __name__ == "__main__":
    main()
