"""Tickets: for one host, for 60 seconds, and only as they were issued."""

from __future__ import annotations

import pytest
from django.core import signing

from vclinic_messages.live import tickets
from vclinic_messages.live.tickets import Recent, Ticket, issue, read

TICKET = Ticket("alder", "7", "mark", host="alder.localhost", origin="http://alder.localhost")


def test_a_ticket_is_read_as_it_was_issued():
    assert read(issue(TICKET), host="alder.localhost") == TICKET


def test_a_ticket_is_valid_at_its_own_host_only():
    assert read(issue(TICKET), host="birch.localhost") is None
    assert read(issue(TICKET), host="") is None


def test_a_ticket_expires(monkeypatch):
    text = issue(TICKET)
    monkeypatch.setattr(tickets, "LIFETIME", -1)
    assert read(text, host="alder.localhost") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é:é:é",
        ":" * 5,
        signing.dumps({"schema": "alder"}, salt="another purpose"),
        signing.dumps({"schema": "alder", "later": "field"}, salt="vclinic_messages.live"),
        signing.dumps("alder", salt="vclinic_messages.live"),
    ],
    # The signed ones contain the time, and all workers must have the same names.
    ids=["empty", "x", "no ASCII", "colons", "another purpose", "another field", "no fields"],
)
def test_what_is_not_a_ticket_opens_nothing(text):
    assert read(text, host="alder.localhost") is None


def another():
    return Ticket("alder", "7", "mark", host="alder.localhost", origin="http://alder.localhost")


def test_two_tickets_of_one_moment_differ():
    assert issue(another()) != issue(another())


def test_a_ticket_is_new_once():
    used = Recent()
    first, second = another().nonce, another().nonce
    assert [used.add(each) for each in (first, second, first, second)] == [True, True, False, False]
    assert first in used
    assert another().nonce not in used


def test_what_is_older_than_a_ticket_is_forgotten(monkeypatch):
    monkeypatch.setattr(tickets, "LIFETIME", -1)
    used = Recent()
    for number in range(5):
        used.add(str(number))
    assert len(used) == 1
    assert "4" not in used
