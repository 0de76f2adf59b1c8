"""Search by words in the portal's own columns, by indexes that need no extension of PostgreSQL.

A search finds the beginnings of words, whatever their accents: ``marin`` finds Marín. An apostrophe or a
hyphen joins two words and parts them: ``obrien``, ``o'b`` and ``brien`` find O'Brien. Upper and lower case
are the same as far as the locale of the database knows them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, ForeignObjectRel, Func, QuerySet, TextField, Value

#: So many words of a search are looked for.
MAX_SEARCH_WORDS = 8

# Spelled out, because [[:alnum:]] depends on the locale: with "C" it knows ASCII only.
_SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u02b9-\u02bf\u2000-\u206f"
    r"\u3000-\u3004\u3008-\u3020\u3030\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)


def _replaced(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, '{pattern}', '{by}', 'g')"


# The columns may have collations of their own, with which there are no regular expressions.
_PLAIN = _replaced('normalize((%(expressions)s) COLLATE "default", NFD)', r"[\u0300-\u036f]", "")
_FOLDED = f"replace(lower(translate({_PLAIN}, 'ØøŁłĐđς', 'oollddσ')), 'ß', 'ss')"

# Of a compound the parts are words as well: obrien, o, brien.
_JOINT = r"[''’‘ʼ`\u2010\u2011-]"
_PARTED = _replaced(_FOLDED, f"([^{_SEPARATORS}]+){_JOINT}([^{_SEPARATORS}]+)", r"\1\2 \1 \2")


def _cut(text: str) -> str:
    """Only the beginnings of very long words: PostgreSQL takes up to 2,046 bytes."""
    return _replaced(text, f"([^{_SEPARATORS}]{{100}})[^{_SEPARATORS}]+", r"\1")


_WORDS = f"array_to_tsvector(array_remove(regexp_split_to_array({_cut(_PARTED)}, '[{_SEPARATORS}]+'), ''))"

# 'o':* & 'brien':*, or NULL where nothing is left to look for.
_SPACED = f"btrim({_replaced(_cut(_FOLDED), f'[{_SEPARATORS}]+', ' ')})"
_BEGINNINGS = f"('''' || nullif(replace({_SPACED}, ' ', ''':* & '''), '') || ''':*')"


class Words(Func):
    """The words in these columns of one table.

    What a search needs as an index, ``GinIndex(Words("title", "description"), name="portal_profile_words")``:
    PostgreSQL uses it for a search in the same columns in the same order. The index holds this expression as
    text, so a change of it here makes the indexes of all portals useless.
    """

    template = _WORDS
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()

    def __init__(self, *columns: str) -> None:
        super().__init__(*map(_Text, columns))

    def hold(self, text: str) -> Func:
        """The condition that each word of the text begins one of these. One without letters never does."""
        return _Hold(self, _Beginnings(Value(text)))


class _Text(Func):
    # Not Coalesce, Cast and Value: Django copies each part of an expression many times for one query.
    template = "COALESCE((%(expressions)s)::text, '')"
    arity = 1
    output_field = TextField()


class _Beginnings(Func):
    template = _BEGINNINGS
    arity = 1
    output_field = TextField()


class _Hold(Func):
    # What is looked for, as a sub-select: PostgreSQL does not see it when it plans, and uses the index. Of a
    # word that it knows to be common it would read the whole table, and take the columns apart row by row.
    template = "%(expressions)s::tsquery)"
    arg_joiner = " @@ (SELECT "
    arity = 2
    output_field = BooleanField()


def search_words(search: str) -> list[str]:
    """What stands between spaces, each once, without that with which another begins; the first eight."""
    words = [word for word in search.lower().split() if re.search(f"[^{_SEPARATORS}]", word)]
    needed = [word for word in words if not any(each != word and each.startswith(word) for each in words)]
    return list(dict.fromkeys(needed))[:MAX_SEARCH_WORDS]


def matching_users(columns: Iterable[str], search: str) -> QuerySet[Any]:
    """The keys of the users in whose columns, their own or those across relations, each word begins one.

    Nobody for a search without letters.
    """
    words = search_words(search)
    if not words:
        return get_user_model()._base_manager.none().values("pk")
    tables: dict[str, list[str]] = defaultdict(list)
    for column in columns:
        relation, _, name = column.rpartition("__")
        tables[relation].append(name)
    first, *others = [_users_matching(word, tables) for word in words]
    # Cleared once more: from Django 6.1 on what is combined takes the default order of its first model.
    return first.intersection(*others).order_by() if others else first


def _users_matching(word: str, tables: dict[str, list[str]]) -> QuerySet[Any]:
    # Each table is asked for itself, so that an index of its own can answer.
    first, *others = [
        _keys_reaching(relation, Words(*columns).hold(word)).order_by()
        for relation, columns in tables.items()
    ]
    # With those twice who hold it in two tables: to find them costs more than they do.
    return first.union(*others, all=True).order_by()


def _keys_reaching(relation: str, condition: Func) -> QuerySet[Any]:
    step, _, further = relation.partition("__")
    field = get_user_model()._meta.get_field(step) if step else None
    if isinstance(field, ForeignObjectRel) and field.field.target_field.primary_key:
        # The other table has the key, so nobody needs to look into that of the users.
        return _reaching(field.related_model, further, condition).values(field.field.name)
    return _reaching(get_user_model(), relation, condition).values("pk")


def _reaching(model: Any, relation: str, condition: Func) -> QuerySet[Any]:
    """What is related to rows for which the condition holds; without a relation these rows themselves."""
    rows: QuerySet[Any] = model._base_manager.all()
    if not relation:
        return rows.filter(condition)
    step, _, further = relation.partition("__")
    field = model._meta.get_field(step)
    related = _reaching(field.related_model, further, condition)
    if isinstance(field, ForeignObjectRel):
        # By its name Django would join the other table with itself, and PostgreSQL read all of it.
        back = field.field
        return rows.filter(**{f"{back.target_field.name}__in": related.values(back.name)})
    return rows.filter(**{f"{step}__in": related})
