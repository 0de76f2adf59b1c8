"""Search by words in the portal's own columns, by indexes that need no extension of PostgreSQL.

A search finds the beginnings of words. Case, accents, apostrophes and hyphens make no difference: ``marin``
finds Marín; ``obrien``, ``o'b`` and ``brien`` find O'Brien. Other letters are compared as they are, and
their case as far as the locale of the database knows it.
"""

from __future__ import annotations

from django.contrib.postgres.search import SearchVectorField
from django.db.models import BooleanField, Func, TextField, Value
from django.db.models.functions import Cast, Coalesce

# Spelled out, because [[:alnum:]] depends on the locale: with "C" it knows ASCII only.
_SEPARATORS = r"\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u02b9-\u02bf\u2000-\u206f\u3000-\u303f"

_FOLDED = (
    r"replace(lower(translate(regexp_replace(normalize(%(expressions)s, NFD), '[\u0300-\u036f]', '', 'g'),"
    " 'ØøŁłĐđ', 'oollddd')), 'ß', 'ss')"
)

# Of a compound the parts are words as well: obrien, o, brien.
_COMPOUND = f"([^{_SEPARATORS}]+)[''’ʼ-]([^{_SEPARATORS}]+)"

_WORDS = (
    "array_to_tsvector(array_remove(regexp_split_to_array("
    rf"regexp_replace({_FOLDED}, '{_COMPOUND}', '\1\2 \1 \2', 'g'), '[{_SEPARATORS}]+'), ''))"
)

#: So many code points of a search are looked at: PostgreSQL takes words of up to 2,046 bytes.
_LONGEST = 500

_PARTS = f"btrim(left(regexp_replace({_FOLDED}, '[{_SEPARATORS}]+', ' ', 'g'), {_LONGEST}))"

# 'o':* & 'brien':*, or NULL where nothing is left to look for.
_BEGINNINGS = f"('''' || nullif(replace({_PARTS}, ' ', ''':* & '''), '') || ''':*')"


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
        super().__init__(*(Coalesce(Cast(column, TextField()), Value("")) for column in columns))

    def hold(self, text: str) -> Func:
        """The condition that each word of the text begins one of these. One without letters never does."""
        return _Hold(self, _Beginnings(Value(text)))


class _Beginnings(Func):
    template = _BEGINNINGS
    arity = 1
    output_field = TextField()


class _Hold(Func):
    template = "%(expressions)s::tsquery"
    arg_joiner = " @@ "
    arity = 2
    output_field = BooleanField()
