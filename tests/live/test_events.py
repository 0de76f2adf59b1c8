"""Payloads: their size, their meaning, and what is ignored."""

from __future__ import annotations

import json

import pytest

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
        '{"s":"a"}',
        '{"s":"a","sync":1}',
        '{"sync":true}',
    ],
)
def test_other_payloads_are_ignored(payload):
    assert decode(payload) is None


def test_the_mark_of_a_session_differs_by_clinic_and_hides_the_key():
    mark = session_mark("alder", "key")
    assert mark != session_mark("birch", "key")
    assert "key" not in mark


def test_a_payload_names_people_and_numbers_only():
    [payload] = pokes("alder", {7: 3})
    assert json.loads(payload) == {"s": "alder", "v": {"7": 3}}
