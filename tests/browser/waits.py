"""Waits for what a page does. A fixed time is too long on one machine and too short on another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import BrowserContext, Page, Response


@contextmanager
def stream_opens(page: Page | BrowserContext) -> Iterator[None]:
    """Wait until a stream of this page, or of any tab of this browser, is open.

    The script asks for the state again when its stream says that it is open. It asks only after it has
    processed the previous answer, so everything that the first answer brought is on the page by then.
    """
    opened = False

    def is_asked_again(response: Response) -> bool:
        nonlocal opened
        opened = opened or ("/live/stream/" in response.url and response.ok)
        return opened and "/live/state/" in response.url

    with page.expect_event("response", is_asked_again):
        yield


@contextmanager
def event_fires(page: Page, name: str) -> Iterator[None]:
    """Wait until this event was fired on the document and the page's own listeners have run."""
    page.evaluate(
        """name => {
            window.hasFired = false;
            document.addEventListener(name, () => { window.hasFired = true; }, { once: true });
        }""",
        name,
    )
    yield
    page.wait_for_function("() => window.hasFired")


def wait_for_tabs(page: Page, *, leading: int, waiting: int) -> None:
    """Wait until this many tabs have the lock that allows a stream, and this many wait for the lock."""
    # wait_for_function takes a promise for true, so each call asks and looks at the answer to the last one.
    page.wait_for_function(
        """expected => {
            navigator.locks.query().then(({ held, pending }) => {
                window.tabs = `${held.length} leading, ${pending.length} waiting`;
            });
            return window.tabs === expected;
        }""",
        arg=f"{leading} leading, {waiting} waiting",
    )


def look_at(page: Page) -> None:
    """Tell the page what a browser says when somebody looks at it again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
