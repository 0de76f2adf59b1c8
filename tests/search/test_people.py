"""Search users by words: what counts as a word, and which SQL portals' indexes contain."""

import hashlib

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, migrations, models
from django.db.migrations.writer import MigrationWriter

from vclinic_messages.models import Role
from vclinic_messages.search.people import Words, search_words
from vclinic_messages.testing import create_member


@pytest.fixture
def somebody(clinic):
    return create_member(Role.DOCTOR, username="somebody")


def is_found(user, name, search):
    User.objects.filter(pk=user.pk).update(last_name=name)
    return User.objects.filter(Words("last_name").match(search)).exists()


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Okafor", "okafor"),
        ("Okafor", "OKA"),
        ("Okafor", "o"),
        ("van der Berg", "ber"),
        ("Marín", "marin"),
        ("Marin", "Marín"),
        ("Mari\u0301n", "mar\u00edn"),
        ("MARÍN", "marín"),
        ("Größe", "GRÖSSE"),
        ("Grosse", "größe"),
        ("Ørsted", "orsted"),
        ("Łukasz", "luk"),
        ("O'Brien", "obrien"),
        ("O’Brien", "o'br"),
        ("O'Brien", "O’B"),
        ("O'Brien", "brien"),
        ("OBrien", "obrien"),
        ("Anne-Marie", "annem"),
        ("Anne-Marie", "anne-m"),
        ("Anne-Marie", "marie"),
        ("Anne-Marie", "Anne Marie"),
        ("Smith-Jones-Lee", "lee"),
        ("a.okafor@clinic.example", "a.okafor@clinic"),
        ("a.okafor@clinic.example", "clinic"),
        ("no. 1042", "1042"),
        ("P-1042", "p1042"),
        ("김민수", "김민"),
        ("김민수", "기"),
        ("Жуков", "Жук"),
        ("நிலா", "நிலா"),
        ("non\u00a0breaking", "breaking"),
        ("O‘Brien", "obrien"),
        ("Anne\u2010Marie", "annemarie"),
        ("ΠΑΠΑΔΟΠΟΥΛΟΣ", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        ("Παπαδόπουλος", "παπαδοπουλοσ"),
        ("佐々木", "佐々木"),
        ("木村，佐藤", "佐藤"),
    ],
)
def test_every_prefix_of_a_word_finds_it(somebody, name, search):
    assert is_found(somebody, name, search)


@pytest.mark.parametrize(
    ("name", "search"),
    [
        ("Okafor", "kafor"),
        ("Okafor", "okafors"),
        ("Okafor", "%"),
        ("Okafor", "_kafor"),
        ("Okafor", "'"),
        ("Okafor", "''"),
        ("Okafor", "\\"),
        ("Okafor", ":*"),
        ("Okafor", " "),
        ("Okafor", "okafor | x"),
        ("Okafor", "!x"),
        ("", "a"),
        ("Okafor", "x" * 3_000),
        ("佐藤 木村", "佐々木"),
        ("Okafor", "\u0301"),
    ],
)
def test_other_searches_find_nobody(somebody, name, search):
    assert not is_found(somebody, name, search)


@pytest.mark.parametrize("letter", ["x", "字", "김", "\u1f82", "x\u0301"])
def test_a_prefix_finds_a_very_long_word(somebody, letter):
    for text in (letter * 3_000, letter * 1_500 + "-" + letter * 1_500):
        rows = User.objects.annotate(text=models.Value(text, models.TextField()))
        for search in (letter, letter * 99, text):
            assert rows.filter(Words("text").match(search)).exists()


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ("Anne - Marie", ["anne", "marie"]),
        ("a a an ann", ["ann"]),
        ("O'Brien o'", ["o'brien"]),
        (" , % ", []),
        (" ".join("abcdefghij"), list("abcdefgh")),
    ],
)
def test_a_search_is_split_into_words(search, words):
    assert search_words(search) == words


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
        "c91286875da078204702b56240e0c8b4937f0fb47faa333ecddbd2ac9fe74b22"
    )
