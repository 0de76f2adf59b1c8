"""Streams and hub without sockets: who is told, and what a slow browser gets."""

from __future__ import annotations

import asyncio

from vclinic_messages.live.events import ending, pokes, sync
from vclinic_messages.live.hub import STREAMS_PER_PERSON, Hub
from vclinic_messages.live.streams import Stream
from vclinic_messages.live.tickets import Ticket

LONG = "clinic_" + "x" * 56


class Reader:
    """Collects what a stream sends. A slow reader takes nothing until ``may`` is set."""

    def __init__(self, schema="alder", user="7", session="s", slow=False, opened=True):
        self.sent = []
        self.may = asyncio.Event()
        if not slow:
            self.may.set()
        ticket = Ticket(schema, user, session, host="h", origin="o")
        self.stream = Stream(ticket, self.take, deadline=float("inf"))
        if opened:
            self.stream.open()

    async def take(self, body, more):
        await self.may.wait()
        self.sent.append((body.split(b"\n")[0].removeprefix(b"event: "), more))

    def names(self):
        """Return the events after "open"."""
        return [name for name, _more in self.sent if name != b"open"]


async def settle():
    for _turn in range(10):
        await asyncio.sleep(0)


async def until(condition):
    """Return the condition's value as soon as it is true."""
    async with asyncio.timeout(10):
        while not (value := condition()):
            await asyncio.sleep(0)
    return value


def hub_with(*readers):
    hub = Hub()
    for reader in readers:
        hub._tasks = [asyncio.ensure_future(asyncio.sleep(0))]  # no listener: payloads are given by hand
        hub.add(reader.stream)
    return hub


def tell(hub, payloads):
    for payload in payloads:
        hub.hear(payload)


def test_long_schema_names_with_a_common_beginning_stay_apart():
    async def scenario():
        first, second = Reader(schema=LONG[:62] + "a"), Reader(schema=LONG[:62] + "b")
        hub = hub_with(first, second)
        tell(hub, pokes(LONG[:62] + "b", {7: 1}))
        await settle()
        assert first.names() == []
        assert second.names() == [b"poke"]

    asyncio.run(scenario())


def test_a_slow_browser_gets_the_latest_only():
    async def scenario():
        slow = Reader(slow=True)
        hub = hub_with(slow)
        await settle()
        for version in range(1, 100):
            tell(hub, pokes("alder", {7: version}))
            await settle()
        slow.may.set()
        await settle()
        assert slow.names() == [b"poke"]

    asyncio.run(scenario())


def test_nothing_is_sent_after_the_goodbye():
    async def scenario():
        reader = Reader()
        hub = hub_with(reader)
        reader.stream.end("restart")
        reader.stream.poke(9)
        reader.stream.heartbeat()
        await settle()
        assert reader.sent == [(b"bye", False)]  # it had not said "open" yet: nothing goes before goodbye
        assert reader.stream.ended.done()
        hub.remove(reader.stream)
        assert len(hub) == 0

    asyncio.run(scenario())


def test_an_ending_of_a_session_leaves_other_sessions_and_clinics_alone():
    async def scenario():
        mine, other, elsewhere = Reader(session="a"), Reader(session="b"), Reader(schema="birch", session="a")
        hub = hub_with(mine, other, elsewhere)
        tell(hub, [ending("alder", "logout", "a")])
        await settle()
        assert (mine.names(), other.names(), elsewhere.names()) == ([b"bye"], [], [])

    asyncio.run(scenario())


def test_many_browsers_are_told_to_fetch_again_one_after_the_other():
    async def scenario():
        readers = [Reader(user=str(number)) for number in range(100)]
        elsewhere = Reader(schema="birch")
        hub = hub_with(elsewhere, *readers)
        tell(hub, [sync("alder")])
        told = await until(lambda: sum(reader.names() == [b"sync"] for reader in readers))
        assert told < 100
        await until(lambda: all(reader.names() == [b"sync"] for reader in readers))
        assert elsewhere.names() == []

    asyncio.run(scenario())


def test_a_browser_that_went_away_ends_its_stream():
    async def scenario():
        reader = Reader()

        async def broken(body, more):
            raise ConnectionResetError

        reader.stream._send = broken
        reader.stream.poke(1)
        await settle()
        assert reader.stream.ended.done()

    asyncio.run(scenario())


def test_events_before_the_stream_is_open_are_not_sent():
    async def scenario():
        reader = Reader(opened=False)
        hub = hub_with(reader)
        tell(hub, pokes("alder", {7: 1}))
        reader.stream.heartbeat()
        await settle()
        assert reader.sent == []
        reader.stream.open()
        await settle()
        tell(hub, pokes("alder", {7: 2}))
        await settle()
        assert [name for name, _more in reader.sent] == [b"open", b"poke"]

    asyncio.run(scenario())


def test_a_stream_that_ends_before_it_is_open_sends_nothing():
    async def scenario():
        reader = Reader(opened=False)
        reader.stream.end("off")
        await settle()
        assert reader.sent == []
        assert reader.stream.ended.done()
        assert reader.stream.leaving

    asyncio.run(scenario())


def test_one_person_keeps_the_newest_ten_streams_and_takes_nobody_elses():
    async def scenario():
        others = [Reader(user="8"), Reader(schema="birch")]
        readers = [Reader() for _number in range(STREAMS_PER_PERSON + 3)]
        hub = hub_with(*others, *readers)
        await settle()
        ended = [reader for reader in readers if reader.stream.leaving]
        assert ended == readers[:3]
        assert all(reader.sent[-1] == (b"bye", False) for reader in ended)
        assert not any(reader.stream.leaving for reader in others)
        for reader in ended:
            hub.remove(reader.stream)
        assert len(hub) == STREAMS_PER_PERSON + 2

    asyncio.run(scenario())
