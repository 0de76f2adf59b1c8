"""Payloads: their size, their meaning, and what is ignored."""

from __future__ import annotations

import json
import time

import pytest
from django.core.signing import TimestampSigner
from hypothesis import given
from hypothesis import strategies as st

from vclinic_messages.live.events import (
    PAYLOAD_LIMIT,
    Ending,
    Poke,
    Probe,
    Sync,
    decode,
    ending,
    pokes,
    probe,
    session_mark,
    sync,
)


def test_versions_travel_in_payloads_within_the_limit_and_none_is_lost():
    versions = {number * 10**12: number for number in range(1000)}
    payloads = list(pokes("a" * 63, versions))
    assert len(payloads) > 1
    assert all(len(payload.encode()) <= PAYLOAD_LIMIT for payload in payloads)
    heard = {}
    for payload in payloads:
        heard |= decode(payload).versions
    assert heard == {str(user): version for user, version in versions.items()}


def test_without_versions_there_is_no_payload():
    assert list(pokes("alder", {})) == []


def test_every_event_is_decoded_as_it_was_encoded():
    [payload] = pokes("alder", {7: 3})
    assert decode(payload) == Poke("alder", {"7": 3})
    assert decode(ending("alder", "logout", "mark")) == Ending("alder", "logout", "mark")
    assert decode(ending("alder", "off")) == Ending("alder", "off", None)
    assert decode(sync("alder")) == Sync("alder")
    assert decode(probe("token")) == Probe("token")


def _containers(values):
    keys = st.sampled_from(["s", "v", "end", "k", "sync", "probe"]) | st.text()
    return st.lists(values) | st.dictionaries(keys, values)


def signed(text):
    return TimestampSigner(salt="vclinic_messages.live.events").sign(text)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "x",
        "[]",
        "null",
        "7",
        '{"s":1,"v":{}}',
        '{"s":"a","v":[1]}',
        '{"s":"a","v":{"7":"x"}}',
        '{"s":"a","v":{"7":Infinity}}',
        '{"s":"a","v":{"7":NaN}}',
        '{"s":"a","v":{"7":1.5}}',
        '{"s":"a","v":{"7":true}}',
        '{"s":"a","v":{"7":-1}}',
        '{"s":"a","v":{"7":9223372036854775808}}',
        '{"s":"a","v":{"7":%s}}' % ("9" * 5000),
        '{"s":"a"}',
        '{"s":"a","end":"renew","k":null}',
        r'{"s":"a","end":"\ud800","k":null}',
        r'{"s":"a","end":"off\"}\n\nevent: poke","k":null}',
        '{"s":"a","end":"off","k":7}',
        '{"s":"a","sync":1}',
        '{"sync":true}',
        "[" * 7000,
    ],
)
def test_other_payloads_are_ignored(payload):
    assert decode(payload) is None
    assert decode(signed(payload)) is None


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), _containers))
def test_no_json_raises_an_exception(value):
    text = json.dumps(value)
    assert decode(text) is None
    decode(signed(text))


def test_what_a_role_without_our_key_sends_is_ignored(settings):
    payloads = [*pokes("alder", {7: 3}), ending("alder", "off"), sync("alder"), probe("token")]
    assert None not in map(decode, payloads)
    unsigned = [payload.rsplit(":", 2)[0] for payload in payloads]
    assert [decode(text) for text in unsigned] == [None] * 4
    settings.SECRET_KEY = "another"
    assert [decode(payload) for payload in payloads] == [None] * 4


def test_what_somebody_has_recorded_is_soon_ignored(monkeypatch):
    payload, now = ending("alder", "off"), time.time()
    for seconds, is_heard in ((50, True), (70, False)):
        monkeypatch.setattr("django.core.signing.time.time", lambda later=now + seconds: later)
        assert (decode(payload) is not None) is is_heard


def test_the_mark_of_a_session_differs_by_clinic_and_hides_the_key():
    mark = session_mark("alder", "key")
    assert mark != session_mark("birch", "key")
    assert "key" not in mark


def test_a_payload_names_people_and_numbers_only():
    [payload] = pokes("alder", {7: 3})
    text, _time, _signature = payload.rsplit(":", 2)
    assert json.loads(text) == {"s": "alder", "v": {"7": 3}}
