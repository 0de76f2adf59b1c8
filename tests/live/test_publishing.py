"""When the database is notified: with streams once for each send, without them never."""

from __future__ import annotations

import asyncio
import signal

import pytest
from django.db import connection
from django.test import AsyncRequestFactory
from django.test.utils import CaptureQueriesContext

from tests.clients import ClinicClient
from tests.options import set_live_options
from vclinic_messages import actions
from vclinic_messages.api.live_views import StateView, TicketView
from vclinic_messages.live.asgi import LiveApplication
from vclinic_messages.live.hub import SCOPE_KEY, Hub
from vclinic_messages.live.tickets import Ticket, issue


@pytest.fixture
def notifications(conversation, doctor):
    """``notifications()`` sends a message and returns how many statements notified the database."""

    def count() -> int:
        return notifying(
            lambda: actions.send_message(conversation=conversation, sender=doctor, body="Good morning")
        )

    return count


def notifying(action) -> int:
    with CaptureQueriesContext(connection) as captured:
        action()
    return sum("pg_notify" in query["sql"] for query in captured.captured_queries)


@pytest.mark.parametrize(("mode", "expected"), [("auto", 1), ("poll", 0), ("off", 0)])
def test_a_send_notifies_only_if_there_can_be_streams(settings, notifications, mode, expected):
    set_live_options(settings, MODE=mode)
    assert notifications() == expected


@pytest.mark.parametrize(("mode", "expected"), [("auto", 1), ("poll", 0), ("off", 0)])
def test_new_settings_and_signing_out_notify_only_if_there_can_be_streams(
    settings, clinic, patient, mode, expected
):
    set_live_options(settings, MODE=mode)
    assert notifying(lambda: actions.change_settings(phone="555-0177")) == expected
    visitor = ClinicClient(patient)
    assert notifying(lambda: visitor.send("post", "/logout/")) == expected


@pytest.mark.parametrize(("mode", "stream"), [("auto", True), ("poll", False), ("off", False)])
def test_a_stream_is_offered_in_the_mode_auto_only(settings, patient, mode, stream):
    set_live_options(settings, MODE=mode, STREAM_URL="https://live.portal.example/stream/")
    caller = ClinicClient(patient)
    assert caller.send("get", "/messages/api/v1/live/state/").json()["stream"] is stream
    ticket = caller.send("post", "/messages/api/v1/live/ticket/")
    assert ticket.status_code == (200 if stream else 404)


def test_the_url_of_a_stream_has_the_portals_prefix(patient):
    path = "/portal/messages/api/v1/live/ticket/"
    request = AsyncRequestFactory().post(path)
    request.scope[SCOPE_KEY] = Hub()
    request.user = patient
    request._dont_enforce_csrf_checks = True
    url = TicketView.as_view()(request).data["url"]
    assert url.startswith("/portal/messages/api/v1/live/stream/?ticket=")


@pytest.mark.parametrize("open_streams", [0, 1])
def test_a_full_process_offers_no_stream(settings, patient, open_streams):
    set_live_options(settings, MAX_STREAMS_PER_PROCESS=1)
    hub = Hub()
    hub._count = open_streams

    def ask(view, method):
        request = getattr(AsyncRequestFactory(), method)("/messages/api/v1/live/state/")
        request.scope[SCOPE_KEY] = hub
        request.user = patient
        request._dont_enforce_csrf_checks = True
        return view.as_view()(request)

    assert ask(StateView, "get").data["stream"] is (open_streams == 0)
    assert ask(TicketView, "post").status_code == (404 if open_streams else 200)


def test_on_commit_notifies_after_the_transaction(
    settings, notifications, django_capture_on_commit_callbacks
):
    set_live_options(settings, NOTIFY="on_commit")
    with django_capture_on_commit_callbacks() as callbacks:
        assert notifications() == 0
    assert notifying(lambda: [callback() for callback in callbacks]) == 1


@pytest.mark.parametrize("is_handled", [True, False])
def test_the_first_stream_installs_a_handler_of_sigterm_unless_told_not_to(settings, is_handled):
    set_live_options(settings, HANDLE_SIGTERM=is_handled)
    before = signal.getsignal(signal.SIGTERM)
    try:
        assert asyncio.run(open_and_leave(LiveApplication(None))) == 200
        assert (signal.getsignal(signal.SIGTERM) is not before) is is_handled
    finally:
        signal.signal(signal.SIGTERM, before)


async def open_and_leave(application: LiveApplication) -> int:
    """Open a stream on a hub without a listener; the browser goes away directly. Returns the status."""
    ticket = issue(Ticket("alder", "7", "mark", host="alder.localhost", origin="http://alder.localhost"))
    application.hub = Hub()
    application.hub.healthy.set()
    application.hub._tasks = [asyncio.ensure_future(asyncio.sleep(0))]
    sent = []

    async def receive():
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/live/stream/",
        "query_string": f"ticket={ticket}".encode(),
        "headers": [(b"host", b"alder.localhost")],
    }
    await application(scope, receive, send)
    return sent[0]["status"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_busy_server_that_has_missed_sigterm_is_told_again():
    """As granian: asyncio drops a signal while too many other events wait in its socket."""

    async def scenario() -> None:
        loop, stops = asyncio.get_running_loop(), asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, stops.set)
        await open_and_leave(LiveApplication(None))
        for _event in range(5_000):
            loop.call_soon_threadsafe(int)
        signal.raise_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            await stops.wait()

    before = signal.getsignal(signal.SIGTERM)
    try:
        asyncio.run(scenario())
    finally:
        signal.signal(signal.SIGTERM, before)


def test_no_stream_opens_while_the_server_stops():
    """As uvicorn: it goes on for a moment after the signal, and would wait for such a stream."""

    async def scenario() -> list[int]:
        loop, stops, application = asyncio.get_running_loop(), asyncio.Event(), LiveApplication(None)
        signal.signal(signal.SIGTERM, lambda number, frame: loop.call_soon_threadsafe(stops.set))
        before = await open_and_leave(application)
        signal.raise_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            await stops.wait()
        return [before, await open_and_leave(application)]

    before = signal.getsignal(signal.SIGTERM)
    try:
        assert asyncio.run(scenario()) == [200, 503]
    finally:
        signal.signal(signal.SIGTERM, before)
