"""How PostgreSQL finds what a request asks for, in a clinic of 100,000 messages (performance).

A statement that reads a whole table costs more the larger the clinic is: found here without a clock.
"""

from __future__ import annotations

import pytest

from vclinic_messages.search import conversations
from vclinic_messages.selectors import MOST_FOUND, Show

PAGES = "/messages/"
PARTICIPANTS = "vclinic_messages_participant"

#: Tables of few rows, which PostgreSQL reads as a whole: settings, groups, teams, absences.
SMALL = {
    "auth_group",
    "vclinic_messages_absence",
    "vclinic_messages_messagessettings",
    "vclinic_messages_team",
    "vclinic_messages_teammember",
}

CALLS = [
    ("feature/", None),
    ("conversations/", None),
    ("conversations/?show=unread", None),
    ("conversations/{id}/", None),
    ("conversations/{id}/messages/", None),
    ("conversations/{id}/messages/?after=0", None),
    ("conversations/{id}/messages/?around={newest}", None),
    ("conversations/?q=appointment", None),
    (PAGES + "{id}/?at={newest}", None),
    ("recipients/", None),
    ("live/state/", None),
    ("live/state/?after=0-0", None),
    (PAGES, None),
    (PAGES + "{id}/", None),
    (PAGES + "{id}/print/", None),
    (PAGES + "{id}/download/", None),
    (PAGES + "new/", None),
    (PAGES + "new/?recipient={other}", None),
    ("conversations/{id}/messages/", {"body": "Hello"}),
    ("conversations/{id}/messages/", {"body": "Hello", "seen": "newest"}),
    ("conversations/{id}/read/", {"message": "newest"}),
]


@pytest.mark.parametrize(("path", "data"), CALLS)
@pytest.mark.parametrize("who", ["heavy", "light"])
def test_no_call_reads_a_whole_table(request, who, path, data):
    found = request.getfixturevalue(who).statements(path, data)
    assert found
    scanned = {statement.sql: statement.scanned for statement in found if statement.scanned}
    assert not {sql: tables - SMALL for sql, tables in scanned.items() if tables - SMALL}


@pytest.mark.parametrize(
    ("path", "data", "indexes"),
    [
        ("conversations/", None, {"vcm_participant_inbox", "vcm_participant_once", "vcm_participant_unread"}),
        ("conversations/{id}/messages/", None, {"vcm_message_page", "vcm_participant_once"}),
        ("conversations/{id}/messages/", {"body": "Hello"}, {"vcm_message_sender", "vcm_participant_once"}),
    ],
)
def test_each_index_is_used_for_what_it_is_there_for(heavy, path, data, indexes):
    used = set().union(*(statement.indexes for statement in heavy.statements(path, data)))
    assert indexes <= used


def test_a_page_of_the_inbox_is_cut_from_its_index_before_anything_is_joined(heavy):
    (participants,) = [each for each in heavy.statements("conversations/") if "LIMIT 26" in each.sql]
    cut = participants.parts("Limit")[-1]
    assert cut.plan["Plan Rows"] == 26
    assert not cut.sorts
    assert cut.plan["Plans"][-1]["Relation Name"] == PARTICIPANTS


def test_the_list_reads_no_empty_draft_and_none_of_others(heavy):
    """Whoever has sent many new messages has as many empty drafts."""
    listed = heavy.list_with_drafts(texts=3, empty=30)
    assert "vcm_draft_unsent" in listed.indexes
    assert listed.read("vclinic_messages_draft") == 3


@pytest.mark.parametrize("path", ["conversations/?show=waiting", PAGES + "?show=waiting"])
def test_what_waits_is_cut_from_its_index(heavy, path):
    (participants,) = [each for each in heavy.statements(path) if "LIMIT 26" in each.sql]
    assert "vcm_participant_waiting" in participants.indexes
    assert not participants.scanned - SMALL


def test_a_search_among_what_waits_finds_the_same_as_reading(heavy, monkeypatch):
    waiting = heavy.waiting_conversations()
    monkeypatch.setattr(conversations, "_CHECKED_ONE_BY_ONE", len(waiting) // 3)
    matching = set(heavy.found_by_reading("appointment"))
    found = heavy.found_by_search("appointment", Show.WAITING)
    assert found == [each for each in waiting if each in matching]


def test_the_sending_limit_does_not_go_through_the_messages_of_others(heavy):
    statements = heavy.statements("conversations/{id}/messages/", {"body": "Hello"})
    (limit,) = [each for each in statements if "OFFSET" in each.sql]
    assert limit.indexes - {"vclinic_messages_messagessettings_pkey"} == {"vcm_message_sender"}


@pytest.mark.parametrize("word", ["appointment", "unheard"])
@pytest.mark.parametrize("who", ["heavy", "light"])
def test_a_search_reads_only_what_the_person_can_read(request, who, word):
    person = request.getfixturevalue(who)
    searched = person.search(word)
    assert not searched.scanned
    assert 0 < searched.read("vclinic_messages_messagewords") <= person.readable_messages()


def test_hits_are_read_from_the_conversations_of_the_page_only(heavy):
    found = heavy.hits("appointment")
    assert not found.scanned
    assert 0 < found.read("vclinic_messages_messagewords") < heavy.readable_messages() / 10


@pytest.mark.parametrize("cut", [{}, {"after": 0}], ids=["forwards", "backwards"])
def test_a_search_for_a_word_that_many_hold_ends_among_the_first_conversations(heavy, cut):
    read = heavy.search("appointment", **cut).read("vclinic_messages_messagewords")
    assert 0 < read < heavy.readable_messages() / 10


@pytest.mark.parametrize("word", ["appointment", "brandt"])
def test_a_search_finds_among_new_and_old_conversations_alike(heavy, word):
    assert heavy.found_by_search(word) == heavy.found_by_reading(word)


def test_recipients_of_staff_are_read_in_the_order_of_their_names(heavy):
    plan = heavy.plan_of_recipients(among=5_000)
    assert "people_user_names" in plan.indexes
    assert not plan.sorts


@pytest.mark.parametrize("who", ["heavy", "light"])
@pytest.mark.parametrize("search", ["more-4711", "nobody-of-that-name"])
def test_recipients_are_found_by_name_in_the_indexes(request, who, search):
    plan = request.getfixturevalue(who).plan_of_recipients(among=5_000, search=search)
    assert {"people_user_words", "people_profile_words"} <= plan.indexes
    assert not plan.scanned


def test_of_very_many_who_have_a_name_only_the_first_are_looked_at_and_sorted(heavy):
    plan = heavy.plan_of_recipients(among=5_000, search="more", analyze=True)
    assert {"people_user_words", "people_profile_words"} <= plan.indexes
    assert plan.part("Sort").plan["Plans"][0]["Actual Rows"] == MOST_FOUND
    assert plan.read("auth_user_groups") == MOST_FOUND


def test_recipients_of_a_patient_are_found_by_the_few_groups_that_they_may_write_to(light):
    assert not light.plan_of_recipients(among=5_000).scanned
