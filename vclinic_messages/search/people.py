"""Search users by the words of the portal's own columns. The indexes need no extension of PostgreSQL.

The rule is that of ``folding``: a search finds a user if each of its words begins a word in their columns.
The portal's columns are not stored folded, so PostgreSQL folds them in the portal's index. Its SQL knows less
than Python does: docs/how-to/directory.md lists the differences, and tests compare the two.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from django.contrib.auth import get_user_model
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import FieldError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ForeignObjectRel, Func, Lookup, Model, QuerySet, TextField
from django.db.models.sql.compiler import SQLCompiler

from vclinic_messages.search.characters import (
    APOSTROPHES,
    DASHES,
    INVISIBLE_CLASS,
    LETTERS,
    MARKS_CLASS,
    SYMBOLS_CLASS,
    WITHOUT_SPACES_CLASS,
)
from vclinic_messages.search.folding import SearchWord, search_words

#: A query set of primary keys, as ``values`` of one column makes it.
Keys: TypeAlias = QuerySet[Model, dict[str, Any]]

#: The longest word of a column, in characters; the rest of it is not searched. PostgreSQL allows 2,046 bytes.
_WORD_LENGTH = 100

# The characters between words. Spelled out, because [[:alnum:]] depends on the locale: with "C" it knows only
# ASCII letters.
_SEPARATORS = (
    r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00a1\u00a7\u00a8\u00ab\u00ac\u00af\u00b1\u00b4-\u00b8"
    r"\u00bb\u00bf\u00d7\u00f7\u05be\u05c0\u05c3\u05c6\u05f3\u05f4\u0609\u060a\u060c\u060d\u061b\u061d-\u061f"
    r"\u066a-\u066d\u06d4\u0964\u0965\u0970\u1361-\u1368\u17d4-\u17d6\u2000-\u206f\u2e00-\u2e5d"
    r"\u3000-\u3003\u3008-\u3011\u3014-\u301f\u3030\u30fb\ufe10-\ufe19\ufe30-\ufe6b"
)


def _replace(text: str, pattern: str, by: str) -> str:
    return f"regexp_replace({text}, '{pattern}', '{by}', 'g')"


def _translate(text: str, letters: dict[str, str]) -> str:
    source, target = "".join(letters), "".join(letters.values())
    return f"translate({text}, '{source.replace(chr(39), chr(39) * 2)}', '{target}')"


def _upper_case() -> dict[str, str]:
    """Return the capital letters of Latin, Greek, Cyrillic and Armenian, with their small letters.

    ``lower`` knows them as well, but not in a database with the locale "C".
    """
    ranges = ((0xC0, 0x250), (0x370, 0x530), (0x531, 0x557), (0x1E9E, 0x1E9F))
    letters = (chr(code_point) for first, end in ranges for code_point in range(first, end))
    undivided = (letter for letter in letters if unicodedata.normalize("NFKD", letter) == letter)
    return {letter: letter.lower() for letter in undivided if letter.lower() != letter}


# Folding, as ``folding`` does it. COLLATE, because PostgreSQL refuses regular expressions for columns with
# some other collations.
_JOINERS = dict.fromkeys(APOSTROPHES + DASHES, "-")
_DIGITS = {chr(zero + digit): str(digit) for zero in (0x660, 0x6F0, 0x966, 0x9E6) for digit in range(10)}
_SIMILAR = {letter: plain for letter, plain in LETTERS.items() if len(plain) == 1}
_DECOMPOSED = "normalize(replace((%(expressions)s) COLLATE \"default\", '´', '-'), NFKD)"
_VISIBLE = _replace(_DECOMPOSED, f"[{MARKS_CLASS}{INVISIBLE_CLASS}]", "")
_FOLDED = _translate(f"lower({_VISIBLE})", _upper_case() | _SIMILAR | _JOINERS | _DIGITS)
for _letter, _letters in LETTERS.items():
    if len(_letters) > 1 and _letter.islower():
        _FOLDED = f"replace({_FOLDED}, '{_letter}', '{_letters}')"

# In a script without spaces each character is a word.
_ALONE = f"[{WITHOUT_SPACES_CLASS}{SYMBOLS_CLASS}]"
_SPACED = _replace(_FOLDED, f"({_ALONE})", r" \1 ")

# A compound counts as one word and as its two parts: obrien, o, brien.
_WITH_PARTS = _replace(_SPACED, f"([^{_SEPARATORS}]+)-([^{_SEPARATORS}]+)", r"\1\2 \1 \2")
_SHORTENED = _replace(_WITH_PARTS, f"([^{_SEPARATORS}]{{{_WORD_LENGTH}}})[^{_SEPARATORS}]+", r"\1")
_WORDS = f"array_to_tsvector(array_remove(regexp_split_to_array({_SHORTENED}, '[{_SEPARATORS}]+'), ''))"


class Words(Func):
    """The words in these columns of one table.

    A search needs an index on it: ``GinIndex(Words("title", "description"), name="portal_profile_words")``.
    PostgreSQL uses the index for a search in the same columns in the same order. With ``if_empty``, the words
    of that column count where the others have no text: a user name that is shown in place of a name.

    The portals' indexes contain the SQL of this expression. After a change here no search would use them any
    more, and portals would have to build them again.
    """

    template = _WORDS
    arg_joiner = " || ' ' || "
    output_field = SearchVectorField()

    def __init__(self, *columns: str, if_empty: str | None = None) -> None:
        texts: list[Func] = [_TextOrEmpty(column) for column in columns]
        if if_empty is not None:
            texts = [Func(_JoinedOrNull(*texts), _TextOrEmpty(if_empty), function="COALESCE")]
        super().__init__(*texts)

    def match(self, search: str) -> _Matches:
        """Return the condition that every word of the search begins one of these words.

        A search without letters or digits matches nothing.
        """
        return self.match_words(search_words(search))

    def match_words(self, words: Sequence[SearchWord]) -> _Matches:
        """Return the condition that each of these words begins one of the words here."""
        return _Matches(self, " & ".join(map(_tsquery, words)) or None)


class _TextOrEmpty(Func):
    """The column as text, empty for NULL.

    One expression instead of Coalesce, Cast and Value, because Django copies every part of an expression many
    times for one query.
    """

    template = "COALESCE((%(expressions)s)::text, '')"
    arity = 1
    output_field = TextField()


class _JoinedOrNull(Func):
    """The texts with a space between them; NULL if all are blank."""

    template = "NULLIF(btrim(%(expressions)s), '')"
    arg_joiner = " || ' ' || "
    output_field = TextField()


class _Matches(Lookup):
    """``words @@ (SELECT query)``: the words match the query, a tsquery as text.

    The query is in a sub-select so that PostgreSQL does not see it while it plans. If it saw a word that it
    knows to be common, it would read the whole table and compute the words of every row, which is slower than
    the index.
    """

    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        words, parameters = self.process_lhs(compiler, connection)
        return f"{words} @@ (SELECT %s::tsquery)", (*parameters, self.rhs)


def _tsquery(word: SearchWord) -> str:
    """Return the word as a tsquery. Folded words have no characters with a meaning there."""
    joined = _all_of(re.findall(_ALONE, word.joined) or [word.joined])
    return joined if len(word.parts) == 1 else f"({joined} | {_all_of(word.parts)})"


def _all_of(beginnings: Iterable[str]) -> str:
    return " & ".join(f"'{beginning[:_WORD_LENGTH]}':*" for beginning in beginnings)


def matching_users(columns: Iterable[str], search: str, *, if_empty: str | None = None) -> Keys:
    """Return the primary keys of users for whom every search word begins a word in these columns.

    Columns of related tables are lookups such as ``profile__title``. Different search words may match in
    different columns. ``if_empty`` is a column of the user that counts where the user's other columns have no
    text. A search without words matches nobody.

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
    searched = {
        relation: Words(*names, if_empty=None if relation else if_empty) for relation, names in tables.items()
    }
    first, *others = [_users_with(word, searched) for word in words]
    # Since Django 6.1 a combined query set gets the default order of its first model, so remove the order.
    return first.intersection(*others).order_by() if others else first


def _users_with(word: SearchWord, searched: Mapping[str, Words]) -> Keys:
    """Return the keys of users with this search word. ``searched`` has the columns of each relation."""
    # One query per table, so that each can use its own index.
    first, *others = [
        _users_related_to(relation, words.match_words([word])).order_by()
        for relation, words in searched.items()
    ]
    return first.union(*others, all=True).order_by()


def _users_related_to(relation: str, condition: _Matches) -> Keys:
    """Return the keys of users who have a related row that meets the condition."""
    users = get_user_model()
    step, _, further = relation.partition("__")
    field = users._meta.get_field(step) if step else None
    if isinstance(field, ForeignObjectRel) and field.field.target_field.primary_key:
        # The related table contains the users' keys, so the table of users need not be read.
        return _rows_related_to(field.related_model, further, condition).values(field.field.name)
    return _rows_related_to(users, relation, condition).values("pk")


def _rows_related_to(model: type[Model], relation: str, condition: _Matches) -> QuerySet[Model]:
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
