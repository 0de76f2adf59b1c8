"""Search by words: what counts as a word, and which index answers."""

import hashlib

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, migrations, models
from django.db.migrations.writer import MigrationWriter

from vclinic_messages.directory import GroupDirectory
from vclinic_messages.models import Role
from vclinic_messages.search.people import Words, search_words
from vclinic_messages.testing import create_member


@pytest.fixture
def somebody(clinic):
    return create_member(Role.DOCTOR, username="somebody")


def is_found(user, name, search):
    User.objects.filter(pk=user.pk).update(last_name=name)
    return User.objects.filter(Words("last_name").hold(search)).exists()


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
def test_a_word_is_found_by_its_beginning(somebody, name, search):
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
def test_other_texts_find_nobody_and_break_nothing(somebody, name, search):
    assert not is_found(somebody, name, search)


@pytest.mark.parametrize("letter", ["x", "字", "김", "\u1f82", "x\u0301"])
def test_a_very_long_word_is_found_by_its_beginning(somebody, letter):
    for text in (letter * 3_000, letter * 1_500 + "-" + letter * 1_500):
        rows = User.objects.annotate(text=models.Value(text, models.TextField()))
        for search in (letter, letter * 99, text):
            assert rows.filter(Words("text").hold(search)).exists()


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
def test_the_words_of_a_search(search, words):
    assert search_words(search) == words


def test_columns_of_several_collations_are_searched(clinic):
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
    assert rows.filter(Words("nothing", "name").hold("only")).exists()


def test_the_words_of_columns_do_not_run_together(somebody):
    User.objects.filter(pk=somebody.pk).update(first_name="Ann", last_name="Otto")
    found = User.objects.filter(pk=somebody.pk)
    assert found.filter(Words("last_name", "first_name").hold("otto ann")).exists()
    assert not found.filter(Words("last_name", "first_name").hold("ottoann")).exists()


def test_words_can_be_indexed_by_a_migration():
    index = GinIndex(Words("title", "description"), name="profile_words")
    written = MigrationWriter.serialize(migrations.AddIndex("profile", index))
    assert "vclinic_messages.search.people.Words('title', 'description')" in written[0]


def test_the_expression_in_the_indexes_that_portals_made_stays():
    # Whoever changes it leaves portals with an index that no search uses any more: say so in the changelog.
    assert hashlib.sha256(Words.template.encode()).hexdigest() == (
        "c91286875da078204702b56240e0c8b4937f0fb47faa333ecddbd2ac9fe74b22"
    )


class ByGroup(GroupDirectory):
    """Searches what several rows may hold for one person."""

    search_fields = ("groups__name", "profile__description")


def test_somebody_is_found_once_however_many_rows_hold_the_word(clinic, patient, doctor, somebody):
    for name in ("Heart one", "Heart two"):
        somebody.groups.add(Group.objects.create(name=name))
    for asking in (patient, doctor):
        assert list(ByGroup().recipients(asking, search="heart")) == [somebody]
        assert list(ByGroup().recipients(asking, search="heart some")) == [somebody]


class BackAndForth(GroupDirectory):
    """Searches across a relation to the user and on to another table."""

    search_fields = ("profile__user__username",)


def test_relations_of_several_steps_are_searched(clinic, patient, somebody):
    from example_project.people.models import Profile

    Profile.objects.create(user=somebody)
    assert list(BackAndForth().recipients(patient, search="somebody")) == [somebody]


def test_a_column_is_searched_once_however_often_it_is_named(clinic, group_directory):
    class Repeats(GroupDirectory):
        search_fields = ("email", "last_name", "profile__description", "email")

    assert Repeats().searched_fields() == [
        "last_name",
        "first_name",
        "username",
        "email",
        "profile__description",
    ]


def test_a_portal_says_by_what_people_are_sorted_and_found(clinic, patient, somebody):
    class ByAddress(GroupDirectory):
        name_fields = ("email",)

    other = create_member(Role.DOCTOR, username="first", email="z@clinic.example", last_name="Abel")
    User.objects.filter(pk=somebody.pk).update(email="a@clinic.example")
    assert list(ByAddress().recipients(patient)) == [somebody, other]
    assert list(ByAddress().recipients(patient, search="z@")) == [other]
    assert not ByAddress().recipients(patient, search="abel")


def test_an_address_is_not_searched_beside_names(clinic, monkeypatch, group_directory):
    monkeypatch.setattr(User, "USERNAME_FIELD", "email")
    assert group_directory.sorted_fields() == ["last_name", "first_name"]
