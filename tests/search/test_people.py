"""Search users by words: what counts as a word, and which SQL portals' indexes contain."""

import hashlib
import re
import unicodedata

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, migrations, models
from django.db.migrations.writer import MigrationWriter

from vclinic_messages.models import Role
from vclinic_messages.search.folding import searchable_text
from vclinic_messages.search.people import Words
from vclinic_messages.testing import create_member


@pytest.fixture
def somebody(clinic):
    return create_member(Role.DOCTOR, username="somebody")


@pytest.mark.parametrize("letter", ["x", "字", "김", "\u1f82", "x\u0301"])
def test_a_prefix_finds_a_very_long_word(somebody, letter):
    for text in (letter * 3_000, letter * 1_500 + "-" + letter * 1_500):
        rows = User.objects.annotate(text=models.Value(text, models.TextField()))
        for search in (letter, letter * 99, text):
            assert rows.filter(Words("text").match(search)).exists()


def test_columns_may_have_different_collations(clinic):
    words = Words.template % {"expressions": "one || ' ' || other"}
    with connection.cursor() as cursor:
        cursor.execute('CREATE TEMPORARY TABLE names (one text COLLATE "C", other text COLLATE "POSIX")')
        cursor.execute("INSERT INTO names VALUES ('Anne', 'Otto')")
        cursor.execute(f"CREATE INDEX ON names USING gin (({words}))")
        cursor.execute(f"SELECT {words}::text FROM names")
        assert cursor.fetchone() == ("'anne' 'otto'",)


def test_columns_without_a_value_count_as_empty(clinic):
    group = Group.objects.create(name="Only Group")
    rows = Group.objects.filter(pk=group.pk).annotate(nothing=models.Value(None, models.TextField()))
    assert rows.filter(Words("nothing", "name").match("only")).exists()


def test_a_column_that_counts_if_the_others_are_blank(somebody):
    found = User.objects.filter(pk=somebody.pk)
    words = Words("last_name", "first_name", if_empty="username")
    for first_name, is_found in (("Ann", False), (" ", True)):
        found.update(first_name=first_name, last_name="")
        assert found.filter(words.match("somebody")).exists() == is_found


def test_words_of_neighboring_columns_are_not_joined(somebody):
    User.objects.filter(pk=somebody.pk).update(first_name="Ann", last_name="Otto")
    found = User.objects.filter(pk=somebody.pk)
    assert found.filter(Words("last_name", "first_name").match("otto ann")).exists()
    assert not found.filter(Words("last_name", "first_name").match("ottoann")).exists()


def test_a_migration_can_contain_an_index_on_words():
    index = GinIndex(Words("title", "description"), name="profile_words")
    written = MigrationWriter.serialize(migrations.AddIndex("profile", index))
    assert "vclinic_messages.search.people.Words('title', 'description')" in written[0]


def test_the_sql_in_the_indexes_of_portals_does_not_change():
    # After a change no search uses the portals' indexes any more: announce it in the changelog.
    assert hashlib.sha256(Words.template.encode()).hexdigest() == (
        "0b556865a51a26636bb854504db3c3f544cb295e773b8d4b4964661f0b196eab"
    )


#: What PostgreSQL folds in another way than Python. docs/how-to/directory.md lists it.
DIFFERENT = {"CHEROKEE LETTER", "CHEROKEE SMALL", "CYRILLIC SMALL", "VERTICAL TILDE"}


def test_postgresql_folds_letters_as_python_does(clinic):
    letters = [chr(code) for code in range(0xA0, 0x10000) if unicodedata.category(chr(code))[0] == "L"]
    texts = [f"x{letter}" for letter in letters if letter != "ŉ"]  # a letter with an apostrophe: two words
    sql = Words.template % {"expressions": "letter"}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT letter, {sql}::text FROM unnest(%s::text[]) AS letter", [texts])
        folded = {text: re.sub("[' ]", "", words) for text, words in cursor.fetchall()}
    different = [
        text
        for text in texts
        if sorted(folded[text]) != sorted(searchable_text(text).split(" ", 1)[1].replace(" ", ""))
    ]
    kinds = {" ".join(unicodedata.name(text[1]).split()[:2]) for text in different}
    assert kinds == DIFFERENT
    assert not [text for text in different if "\u0400" <= text[1] <= "\u052f"]  # the Cyrillic of today
