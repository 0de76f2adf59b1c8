"""A language in which every text of ours is marked, and everything else is Greek.

Django writes dates in Greek, and the tests give people and messages Greek names and words. So a Latin letter
outside a mark is a text that nobody can translate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po, write_po
from bs4 import BeautifulSoup, Comment, Doctype, Tag
from django.utils.translation import trans_real

from example_project.translations import catalogues, compile_catalogue

CODE = "el"
NOT_TRANSLATED = {"short day of the year, in Django's date format"}
LANGUAGE = "vclinic_messages: the code of this catalogue's language"

#: Attributes that are read to people. Scripts show the texts in the others.
READ = {
    "aria-label",
    "title",
    "placeholder",
    "alt",
    "data-said",
    "data-title",
    "data-empty",
    "data-anonymous",
}

MARKED = re.compile("⟦[^⟦⟧]*⟧")
LATIN = re.compile("[A-Za-z]{2,}")
BETWEEN = "\N{SYMBOL FOR RECORD SEPARATOR}"


def marked_catalogue(po: Path, mo: Path) -> None:
    with po.open("rb") as file:
        catalogue = read_po(file, locale=CODE)
    for each in catalogue:
        if each.id:
            each.string = _marked(each)
    marked = mo.with_suffix(".po")
    with marked.open("wb") as file:
        write_po(file, catalogue)
    compile_catalogue(marked, mo)


def _marked(message: Any) -> Any:
    if message.context == LANGUAGE:
        return CODE
    if message.context in NOT_TRANSLATED:
        return message.id
    if isinstance(message.id, tuple):
        return tuple(f"⟦{each}⟧" for each in message.id)
    return f"⟦{message.id}⟧"


@contextmanager
def pseudo_language(settings: Any, monkeypatch: Any, folder: Path) -> Iterator[dict[str, str]]:
    """Add the language to the portal. Yield the header of a browser in this language."""
    paths = []
    for po in catalogues():
        if po.parts[-3] == "en":
            mo = folder / po.parts[-5] / CODE / "LC_MESSAGES" / "django.mo"
            mo.parent.mkdir(parents=True)
            marked_catalogue(po, mo)
            paths.append(folder / po.parts[-5])
    settings.LOCALE_PATHS = paths
    settings.LANGUAGES = [*settings.LANGUAGES, (CODE, "Ελληνικά")]
    monkeypatch.setattr(trans_real, "_translations", {})
    yield {"Accept-Language": CODE}


def unmarked(text: str) -> str:
    """Return what is outside the marks. Marks may be inside each other."""
    while MARKED.search(text):
        text = MARKED.sub("", text)
    return text


def untranslated(html: str, *, ignored: str, skipped: frozenset[str] = frozenset()) -> set[str]:
    """Return the texts of a page that are not translated. ``ignored`` selects what is not ours."""
    page = BeautifulSoup(html, "html.parser")
    for element in page.select(f"script, style, {ignored}"):
        element.decompose()
    # A mark may begin in one element and end in another.
    texts = (str(each) for each in page.find_all(string=True) if not isinstance(each, Doctype | Comment))
    found = set(unmarked(BETWEEN.join(texts)).split(BETWEEN))
    for element in page.find_all(True):
        found |= {unmarked(text) for text in _read_attributes(element)}
    words = {" ".join(each.split()) for each in found}
    return {each for each in words if LATIN.search(each) and each not in skipped}


def _read_attributes(element: Tag) -> Iterator[str]:
    for name, value in element.attrs.items():
        if name in READ or (element.get("id") == "vcm-texts" and name not in ("id", "data-clock")):
            yield from _texts(str(value))


def _texts(value: str) -> Iterator[str]:
    """Yield a text, or the texts in JSON for a script."""
    if not value.startswith("{"):
        yield value
        return
    values = [json.loads(value)]
    while values:
        each = values.pop()
        if isinstance(each, dict):
            values += [inner for key, inner in each.items() if key not in ("language", "separator")]
        elif isinstance(each, str):
            yield each.replace("{n}", "")
