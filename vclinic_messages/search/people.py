"""Search users by the words of the portal's own columns. The indexes need no extension of PostgreSQL.

A search finds users for whom every search word is a prefix of a word in their columns. Accents make no
difference: ``marin`` finds Marín. An apostrophe or a hyphen may be typed or left out: ``obrien``, ``o'b`` and
``brien`` find O'Brien. Case makes no difference as far as the database's locale knows the letters.

Two expressions do the work, and both fold letters in the same way. ``Words`` turns columns into their words,
which a portal's index stores. ``_PrefixQuery`` turns a search into the condition that each of its words is a
prefix. PostgreSQL folds both, because an index can only contain what PostgreSQL computes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeAlias

from django.contrib.auth import get_user_model
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import FieldError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ForeignObjectRel, Func, Lookup, Model, QuerySet, TextField, Value
from django.db.models.sql.compiler import SQLCompiler

#: A search looks for at most this many words and ignores the rest.
MAX_SEARCH_WORDS = 8

#: A query set of primary keys, as ``values`` of one column makes it.
Keys: TypeAlias = QuerySet[Model, dict[str, Any]]

# The characters between words. Spelled out, because [[:alnum:]] depends on the locale: with "C" it knows only
# ASCII letters.
_SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u02b9-\u02bf\u2000-\u206f"
    r"\u3000-\u3004\u3008-\u3020\u3030\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)


def _replace(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, '{pattern}', '{by}', 'g')"


# Folding: letters without accents, in lower case. COLLATE, because PostgreSQL refuses regular expressions for
# columns with some other collations.
_WITHOUT_ACCENTS = _replace('normalize((%(expressions)s) COLLATE "default", NFD)', r"[\u0300-\u036f]", "")
_FOLDED = f"replace(lower(translate({_WITHOUT_ACCENTS}, 'ØøŁłĐđς', 'oollddσ')), 'ß', 'ss')"

# A compound counts as one word and as its two parts: obrien, o, brien.
_HYPHENS = r"[''’‘ʼ`\u2010\u2011-]"
_WITH_PARTS = _replace(_FOLDED, f"([^{_SEPARATORS}]+){_HYPHENS}([^{_SEPARATORS}]+)", r"\1\2 \1 \2")


def _shorten_words(text: str) -> str:
    """Return the text with each word cut to 100 characters: PostgreSQL allows 2,046 bytes."""
    return _replace(text, f"([^{_SEPARATORS}]{{100}})[^{_SEPARATORS}]+", r"\1")


_WORDS = (
    f"array_to_tsvector(array_remove(regexp_split_to_array({_shorten_words(_WITH_PARTS)},"
    f" '[{_SEPARATORS}]+'), ''))"
)

# The text of a tsquery such as 'o':* & 'brien':*. NULL if the search has no words: nothing matches NULL.
_SEPARATED = f"btrim({_replace(_shorten_words(_FOLDED), f'[{_SEPARATORS}]+', ' ')})"
_PREFIX_QUERY = f"('''' || nullif(replace({_SEPARATED}, ' ', ''':* & '''), '') || ''':*')"


class Words(Func):
    """The words in these columns of one table.

    A search needs an index on it: ``GinIndex(Words("title", "description"), name="portal_profile_words")``.
    PostgreSQL uses the index for a search in the same columns in the same order.

    The portals' indexes contain the SQL of this expression. After a change here no search would use them any
    more, and portals would have to build them again.
    """

    template = _WORDS
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()

    def __init__(self, *columns: str) -> None:
        super().__init__(*map(_TextOrEmpty, columns))

    def match(self, search: str) -> _MatchesPrefixes:
        """Return the condition that every word of the search is a prefix of one of these words.

        A search without letters or digits matches nothing.
        """
        return _MatchesPrefixes(self, _PrefixQuery(Value(search)))


class _TextOrEmpty(Func):
    """The column as text, empty for NULL.

    One expression instead of Coalesce, Cast and Value, because Django copies every part of an expression many
    times for one query.
    """

    template = "COALESCE((%(expressions)s)::text, '')"
    arity = 1
    output_field = TextField()


class _PrefixQuery(Func):
    """The text of a tsquery in which every word of the search is a prefix."""

    template = _PREFIX_QUERY
    arity = 1
    output_field = TextField()


class _MatchesPrefixes(Lookup):
    """``words @@ (SELECT query)``: the words match the query.

    The query is in a sub-select so that PostgreSQL does not see it while it plans. If it saw a word that it
    knows to be common, it would read the whole table and compute the words of every row, which is slower than
    the index.
    """

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        words, words_parameters = self.process_lhs(compiler, connection)
        query, query_parameters = self.process_rhs(compiler, connection)
        return f"{words} @@ (SELECT {query}::tsquery)", (*words_parameters, *query_parameters)


def search_words(search: str) -> list[str]:
    """Split the search into words, dropping duplicates and any word that is a prefix of another.

    Return at most MAX_SEARCH_WORDS of them. Words are separated by white space and contain a letter or digit.
    """
    words = [word for word in search.lower().split() if re.search(f"[^{_SEPARATORS}]", word)]
    needed = [word for word in words if not any(each != word and each.startswith(word) for each in words)]
    return list(dict.fromkeys(needed))[:MAX_SEARCH_WORDS]


def matching_users(columns: Iterable[str], search: str) -> Keys:
    """Return the primary keys of users for whom every search word is a prefix of a word in these columns.

    Columns of related tables are lookups such as ``profile__title``. Different search words may match in
    different columns. A search without words matches nobody.

    A key may appear twice: removing duplicates would cost more than they do.
    """
    words = search_words(search)
    if not words:
        users: type[Model] = get_user_model()
        return users._base_manager.none().values("pk")
    tables: dict[str, list[str]] = defaultdict(list)
    for column in columns:
        relation, _, name = column.rpartition("__")
        tables[relation].append(name)
    first, *others = [_users_with(word, tables) for word in words]
    # Since Django 6.1 a combined query set gets the default order of its first model, so remove the order.
    return first.intersection(*others).order_by() if others else first


def _users_with(word: str, tables: dict[str, list[str]]) -> Keys:
    """Return the keys of users with this search word. ``tables`` lists the columns of each relation."""
    # One query per table, so that each can use its own index.
    first, *others = [
        _users_related_to(relation, Words(*columns).match(word)).order_by()
        for relation, columns in tables.items()
    ]
    return first.union(*others, all=True).order_by()


def _users_related_to(relation: str, condition: _MatchesPrefixes) -> Keys:
    """Return the keys of users who have a related row that meets the condition."""
    users = get_user_model()
    step, _, further = relation.partition("__")
    field = users._meta.get_field(step) if step else None
    if isinstance(field, ForeignObjectRel) and field.field.target_field.primary_key:
        # The related table contains the users' keys, so the table of users need not be read.
        return _rows_related_to(field.related_model, further, condition).values(field.field.name)
    return _rows_related_to(users, relation, condition).values("pk")


def _rows_related_to(model: type[Model], relation: str, condition: _MatchesPrefixes) -> QuerySet[Model]:
    """Return the rows of the model with a related row that meets the condition.

    Without a relation, return the rows that meet it themselves.
    """
    rows = model._base_manager.all()
    if not relation:
        return rows.filter(condition)
    step, _, further = relation.partition("__")
    field = model._meta.get_field(step)
    related_model = getattr(field, "related_model", None)
    if related_model is None:
        raise FieldError(f"{model.__name__}.{step} is not a relation.")
    related = _rows_related_to(related_model, further, condition)
    if isinstance(field, ForeignObjectRel):
        # Filtering by the relation's name makes Django join the related table once more, and PostgreSQL read
        # all of it. So name the columns.
        back = field.field
        return rows.filter(**{f"{back.target_field.name}__in": related.values(back.name)})
    return rows.filter(**{f"{step}__in": related})
