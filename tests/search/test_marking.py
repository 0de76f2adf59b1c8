"""Which letters of a text a search marks."""

from itertools import pairwise

import pytest

from tests.search.pairs import FOUND, NOT_FOUND
from vclinic_messages.message_text import EXCERPT_LENGTH, excerpt_around, one_line
from vclinic_messages.search.folding import search_words
from vclinic_messages.search.marking import found_ranges


def marked(text, search):
    return [text[start:end] for start, end in found_ranges(text, search_words(search))]


@pytest.mark.parametrize(
    ("text", "search", "found"),
    [
        ("Is the ramp open? Ramps, cramps.", "ramp", ["ramp", "Ramp"]),
        ("An appointment on Friday", "fri app", ["app", "Fri"]),
        ("Große Straße", "strass", ["Straß"]),
        ("the ﬁrst", "f", ["ﬁ"]),
        ("Marı́n and Mari\u0301n", "marin", ["Marı́n", "Mari\u0301n"]),
        ("soft\u00adware", "software", ["soft\u00adware"]),
        ("an x-ray, an xray, an x ray", "x-ray", ["x-ray", "xray", "x", "ray"]),
        ("O’Neill", "neill", ["Neill"]),
        ("O’Neill", "oneill", ["O’Neill"]),
        ("会議は東京で", "東京", ["東京"]),
        ("山田 太郎", "山田太郎", ["山田 太郎"]),
        ("김민수", "김민", ["김민"]),
        ("😀 knee", "kne", ["kne"]),
        ("one two", "two three", ["two"]),
        ("nothing of it", "ramp", []),
        ("anything", "…", []),
        ("", "a", []),
    ],
)
def test_what_begins_a_word_is_marked(text, search, found):
    assert marked(text, search) == found


@pytest.mark.parametrize(("text", "search"), FOUND)
def test_whatever_is_found_is_marked(text, search):
    assert marked(text, search)


@pytest.mark.parametrize(("text", "search"), NOT_FOUND)
def test_not_every_word_of_what_is_not_found_is_marked(text, search):
    words = search_words(search)
    assert not words or not all(found_ranges(text, [word]) for word in words)


def test_ranges_come_in_order_without_overlaps():
    ranges = found_ranges("ab abc 東京東 x-ray " * 20, search_words("ab 東京 京東 ray x-ray"))
    assert all(start < end for start, end in ranges)
    assert all(before[1] < after[0] for before, after in pairwise(ranges))


def excerpt(text, search):
    line = one_line(text)
    shown, ranges = excerpt_around(line, found_ranges(line, search_words(search)))
    return shown, [shown[start:end] for start, end in ranges]


def test_an_excerpt_is_cut_around_the_first_word():
    shown, found = excerpt(
        "Good morning. " * 20 + "Is the ramp\non Mill Lane open? " + "Thank you. " * 20, "ramp"
    )
    assert found == ["ramp"]
    assert shown.startswith("…") and shown.endswith("…")
    assert "Is the ramp on Mill Lane open?" in shown
    assert len(shown) <= EXCERPT_LENGTH


def test_a_short_text_is_its_own_excerpt():
    assert excerpt("Is the ramp open?", "ramp") == ("Is the ramp open?", ["ramp"])


@pytest.mark.parametrize("before", ["👩🏽‍⚕️" * 50, "e\u0301" * 90, "x" * 300 + " ", "🇵🇹" * 60])
def test_an_excerpt_is_cut_between_characters(before):
    shown, found = excerpt(f"{before} ramp {'👩🏽‍⚕️' * 50}", "ramp")
    assert found == ["ramp"]
    assert len(shown) <= EXCERPT_LENGTH
    assert shown[1] not in "\u200d\u0301\U0001f3fd\ufe0f"
    assert shown.removesuffix("…")[-1] not in "\u200d\U0001f3fd"


def test_a_word_longer_than_an_excerpt_is_marked_as_far_as_it_is_shown():
    shown, found = excerpt("a " * 100 + "x" * 300, "x" * 200)
    assert len(shown) <= EXCERPT_LENGTH
    assert found == [shown[shown.index("x") : -1]]
