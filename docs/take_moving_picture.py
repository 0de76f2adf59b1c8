"""Take the moving picture of the README from a running demo: a message arrives in another browser.

Start ``make demo`` with an empty ``DEMO_DATA_DIR``, then run ``python -m docs.take_moving_picture``. Needs
what ``docs.take_screenshots`` needs.
"""

from __future__ import annotations

import argparse
import io
import shutil
from collections.abc import Iterator

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Browser, Page, sync_playwright

from docs.take_screenshots import IMAGES, sign_in

PICTURE = IMAGES / "arrival.webp"
MAX_BYTES = 400_000
TEXT = "I have looked at the sheet, and both names are right. Thank you for your help!"
#: In pixels: a window, the bar above it, and the space around both.
WINDOW, BAR, GAP = (540, 680), 28, 12
#: How often the picture plays. Then it rests on its last frame.
PLAYS = 3
NAMES = ("The patient’s browser", "The doctor’s browser")

Frame = tuple[Image.Image, int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="the port of the demo")
    options = parser.parse_args()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        patient, doctor = (new_page(browser, options.port) for _name in NAMES)
        frames = list(frames_of(patient, doctor))
    save(frames)
    print(PICTURE)


def new_page(browser: Browser, port: int) -> Page:
    context = browser.new_context(
        base_url=f"http://riverside.localhost:{port}",
        viewport={"width": WINDOW[0], "height": WINDOW[1]},
        locale="en",
        reduced_motion="reduce",
    )
    return context.new_page()


def frames_of(patient: Page, doctor: Page) -> Iterator[Frame]:
    """Do what both people do, and yield each frame with its time in milliseconds."""
    sign_in(doctor, "doctor", "/")  # a page of the portal, outside of Messages
    sign_in(patient, "patient", "/messages/")
    patient.locator(".vcm-row", has_text="Amara Okafor").first.click()
    patient.locator(".vcm-msg").last.wait_for()
    yield shown(patient, doctor), 1200
    field = patient.locator("#vcm-body")
    field.click()
    for word in TEXT.split(" "):
        field.press_sequentially(f"{word} ")
        yield shown(patient, doctor), 110
    yield shown(patient, doctor), 500
    patient.locator("#vcm-send").click()
    patient.locator(".vcm-msg", has_text=TEXT).wait_for()
    doctor.locator(".vcm-toast-link").wait_for()
    yield shown(patient, doctor), 2500
    doctor.locator(".vcm-toast-link").click()
    doctor.locator(".vcm-msg", has_text=TEXT).wait_for()
    doctor.mouse.move(0, 0)
    yield shown(patient, doctor), 4000


def shown(*pages: Page) -> Image.Image:
    """Return the windows of these pages, next to each other."""
    width, height = WINDOW
    picture = Image.new("RGB", (len(pages) * (width + GAP) + GAP, height + BAR + 2 * GAP), "#dfe5e4")
    draw = ImageDraw.Draw(picture)
    for number, (name, page) in enumerate(zip(NAMES, pages, strict=True)):
        left = GAP + number * (width + GAP)
        draw.rectangle((left, GAP, left + width - 1, GAP + BAR), fill="#22393f")
        draw.text((left + 12, GAP + 6), name, fill="white", font=ImageFont.load_default(14))
        picture.paste(Image.open(io.BytesIO(page.screenshot())), (left, GAP + BAR))
    return picture


def save(frames: list[Frame]) -> None:
    pictures, times = zip(*frames, strict=True)
    pictures[0].save(
        PICTURE,
        save_all=True,
        append_images=pictures[1:],
        duration=list(times),
        loop=PLAYS,
        quality=80,
        method=6,
        minimize_size=True,
    )
    size = PICTURE.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{PICTURE} has {size} bytes, more than {MAX_BYTES}.")


if __name__ == "__main__":
    main()
