"""Folding letters, and the regular expressions that find every spelling of a text."""

import pytest
from django.db import connection

from vclinic_messages.search.folding import fold, folded_pattern


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Okafor", "okafor"),
        ("Lucía Marín", "lucia marin"),
        ("Mari\u0301n", "marin"),
        ("GRÖSSE", "grosse"),
        ("Größe", "grosse"),
        ("Ørsted, Łukasz, Đorđe", "orsted, lukasz, dorde"),
        ("Παπαδόπουλος", "παπαδοπουλοσ"),
        ("O’Brien O‘Brien Oʼbrien", "o'brien o'brien o'brien"),
        ("김민수", "김민수"),
        ("\u0301", ""),
        ("", ""),
    ],
)
def test_fold(text, folded):
    assert fold(text) == folded


def matches(text, search):
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s ~ %s", [text, folded_pattern(search)])
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("text", "search"),
    [
        ("Lucía Marín", "marin"),
        ("MARIN", "marín"),
        ("Mari\u0301n", "marin"),
        ("Größe", "GRÖSSE"),
        ("Grosse", "größe"),
        ("Größe", "gros"),
        ("O’Brien", "o'brien"),
        ("O'Brien", "o’brien"),
        ("100% (a.b) [c] \\ ^$|?*+{}", "100% (a.b) [c] \\ ^$|?*+{}"),
        ("a\u0301", "\u0301"),
    ],
)
def test_the_pattern_finds_every_spelling(db, text, search):
    assert matches(text, search)


@pytest.mark.parametrize(
    ("text", "search"),
    [("Marin", "martin"), ("axb", "a.b"), ("O'Brien", "obrien"), ("Große", "grote"), ("a", "\u0301")],
)
def test_the_pattern_finds_no_other_text(db, text, search):
    assert not matches(text, search)
