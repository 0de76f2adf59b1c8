r"""Tables of characters for searching, shared by ``folding`` (Python) and ``people`` (SQL).

Each table has a fixed content instead of asking ``unicodedata``, whose answers for new characters depend on
the version of Python. A ``..._CLASS`` is the inside of a regular expression's ``[…]``, which Python and
PostgreSQL both understand.
"""

from __future__ import annotations

#: Characters between the parts of one word: apostrophes, dashes, and the Hebrew marks like them.
APOSTROPHES = "'\"`´‘’‛′ʹʻʼʾʿ＇\u055a\u05f3\u05f4"
DASHES = "-\u058a\u05be\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"

#: Accents of Latin, Greek and Cyrillic, the vowel marks of Hebrew, Arabic and Syriac, and general marks.
#: Marks of other scripts are a part of how a word is spelled.
MARKS_CLASS = (
    r"\u0300-\u036f\u0483-\u0489"
    r"\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    r"\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    r"\u0711\u0730-\u074a\u0898-\u089f\u08ca-\u08e1\u08e3-\u08ff"
    r"\u1ab0-\u1ace\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)

#: Characters that count for nothing: ``Default_Ignorable_Code_Point``, the tones of skin of emoji, and the
#: Arabic letter that only stretches a word.
INVISIBLE_CLASS = (
    r"\u00ad\u061c\u0640\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff"
)

#: Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, Tai, Han, kana, Bopomofo and Yi.
WITHOUT_SPACES_CLASS = (
    r"\u0e01-\u0e4e\u0e81-\u0ece\u1000-\u103f\u1050-\u109d\u1780-\u17d3\u1950-\u19af\u1a20-\u1a7f"
    r"\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3038-\u303c\u3041-\u309f"
    r"\u30a1-\u30fa\u30fc-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua48c"
    r"\ua9e0-\ua9fe\uaa60-\uaadf\uf900-\ufaff"
    r"\U0001aff0-\U0001b16f\U00020000-\U0003ffff"
)

#: Symbols, emoji above all, that need no spaces around them either.
SYMBOLS_CLASS = r"\u00a6\u00a9\u00ae\u00b0\u2190-\u245f\u2500-\u27ff\u2900-\u2bff\U0001f000-\U0001faff"

#: Letters that people type as other ones. Unicode does not take them apart as it does ``é``.
LETTERS = {
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th",
    "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d",
    "ħ": "h", "Ħ": "h", "ŧ": "t", "Ŧ": "t", "ı": "i", "ς": "σ",
    # Arabic and Persian keyboards have different letters for the same sound.
    "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ٱ": "ا",
}  # fmt: skip

#: The code points that Unicode added after version 14, which Python 3.11 has.
ADDED_LATER_CLASS = (
    # 15.0
    r"\u0cf3\u0ece\U00010efd-\U00010eff\U0001123f-\U00011241\U00011b00-\U00011b09"
    r"\U00011f00-\U00011f10\U00011f12-\U00011f3a\U00011f3e-\U00011f59\U0001342f\U00013439-\U00013455"
    r"\U0001b132\U0001b155\U0001d2c0-\U0001d2d3\U0001df25-\U0001df2a\U0001e030-\U0001e06d\U0001e08f"
    r"\U0001e4d0-\U0001e4f9\U0001f6dc\U0001f774-\U0001f776\U0001f77b-\U0001f77f\U0001f7d9"
    r"\U0001fa75-\U0001fa77\U0001fa87\U0001fa88\U0001faad-\U0001faaf\U0001fabb-\U0001fabd\U0001fabf"
    r"\U0001face\U0001facf\U0001fada\U0001fadb\U0001fae8\U0001faf7\U0001faf8\U0002b739"
    r"\U00031350-\U000323af"
    # 15.1
    r"\u2ffc-\u2fff\u31ef\U0002ebf0-\U0002ee5d"
)
