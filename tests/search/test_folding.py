"""Folding texts: the same with every version of Python, however a text is composed."""

import hashlib
import sys
import unicodedata

import pytest

from vclinic_messages.search.folding import (
    FOLD_VERSION,
    has_too_many_words,
    is_found,
    search_words,
    searchable_text,
)

CHARACTERS = [chr(code_point) for code_point in range(sys.maxunicode + 1)]
#: What ``searchable_text`` makes of every character, by its version.
DIGESTS = {1: "500abf3a980276cb7405fbf53bb2127fa9f49bbc0d248c6854db99d6e10ae6f9"}


def test_every_version_of_python_folds_alike():
    # If this fails: raise FOLD_VERSION and tell portals to run messages_refold. If it fails only with a new
    # version of Python, add the characters that are new in its Unicode to ADDED_LATER_CLASS.
    digest = hashlib.sha256()
    for character in CHARACTERS:
        if unicodedata.category(character) != "Cs":
            digest.update(f"{searchable_text(f'a{character}b')}\n".encode())
    assert digest.hexdigest() == DIGESTS[FOLD_VERSION]


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_a_character_is_found_by_each_of_its_forms(form):
    old = [each for each in CHARACTERS if not "\U0001e030" <= each <= "\U0001e06d"]  # Unicode 15
    different = [
        each for each in old if searchable_text(unicodedata.normalize(form, each)) != searchable_text(each)
    ]
    assert not different


def test_folding_twice_is_folding_once():
    assert not [
        each for each in CHARACTERS if searchable_text(searchable_text(each)) != searchable_text(each)
    ]


def test_nothing_that_like_or_a_tsquery_interprets_is_in_a_folded_text():
    assert not set(searchable_text(" ".join(CHARACTERS))) & set("%_\\'\"&|!:*()<>\0")


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("Anne - Marie", ["anne", "marie"]),
        ("a a an ann", ["ann"]),
        ("O'Brien o'", ["obrien", "o"]),
        (" , % ", []),
        ("", []),
        ("\ud800 a", ["a"]),
        (" ".join("abcdefghij"), list("abcdefgh")),
    ],
)
def test_a_search_is_split_into_words(search, words):
    assert [word.joined for word in search_words(search)] == words


@pytest.mark.parametrize(("search", "is_too_long"), [("a b c d e f g h", False), ("a b c d e f g h i", True)])
def test_more_than_eight_words_are_too_many(search, is_too_long):
    assert has_too_many_words(search) is is_too_long


@pytest.mark.parametrize(
    "text", ["Take 2 × 500 mg, please!", "„Wie geht’s?“ – gut.", "我的血压是 140/90。", "مرحباً، دكتور"]
)
def test_a_text_finds_itself(text):
    assert is_found(text, search_words(text))
