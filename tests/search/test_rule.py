"""One rule for every search: the same pairs for what Python folds and for the portal's columns."""

import pytest
from django.contrib.auth.models import User
from django.db.models import TextField, Value

from tests.search.pairs import FOUND, NOT_FOUND, NOT_FOUND_BY_POSTGRESQL, NOT_FOUND_BY_PYTHON
from vclinic_messages.models import Role
from vclinic_messages.search.folding import is_found, search_words
from vclinic_messages.search.people import Words
from vclinic_messages.testing import create_member


def finds(text, search):
    words = search_words(search)
    return bool(words) and is_found(text, words)


@pytest.fixture
def finds_in_columns(clinic):
    somebody = create_member(Role.DOCTOR, username="somebody")

    def finds(text, search):
        rows = User.objects.filter(pk=somebody.pk).annotate(text=Value(text, TextField()))
        return rows.filter(Words("text").match(search)).exists()

    return finds


@pytest.mark.parametrize(("text", "search"), [*FOUND, *NOT_FOUND_BY_POSTGRESQL])
def test_python_finds(text, search):
    assert finds(text, search)


@pytest.mark.parametrize(("text", "search"), [*NOT_FOUND, *NOT_FOUND_BY_PYTHON])
def test_python_does_not_find(text, search):
    assert not finds(text, search)


@pytest.mark.parametrize(("text", "search"), [*FOUND, *NOT_FOUND_BY_PYTHON])
def test_postgresql_finds(finds_in_columns, text, search):
    assert finds_in_columns(text, search)


@pytest.mark.parametrize(("text", "search"), [*NOT_FOUND, *NOT_FOUND_BY_POSTGRESQL])
def test_postgresql_does_not_find(finds_in_columns, text, search):
    assert not finds_in_columns(text, search)
