"""Tell in which language the texts of Messages are shown."""

from __future__ import annotations

from django.utils.translation import get_language, get_language_info, pgettext


def catalogue() -> str:
    """Return the code of the language whose catalogue gettext uses now for our texts, such as "de".

    Every catalogue has its own code as the translation of "en". So this is right also where the active
    language has no catalogue of ours, and gettext uses that of ``LANGUAGE_CODE`` or the English source.
    """
    return pgettext("vclinic_messages: the code of this catalogue's language", "en")


def language() -> str:
    """Return the language of our texts, and so of the dates and numbers in them.

    It is the active one, such as "de-at", if its texts are taken from our catalogue "de". Otherwise it is the
    language of the catalogue: a page in Italian shows no Italian date in an English sentence.
    """
    active, ours = get_language() or "", catalogue()
    return active if active.split("-")[0] == ours.split("-")[0] else ours


def direction() -> str:
    """Return the direction in which our texts are written: "ltr" or "rtl"."""
    return "rtl" if get_language_info(language())["bidi"] else "ltr"


def quoted(text: str) -> str:
    """Return the text in the quotation marks of the language."""
    return pgettext("vclinic_messages", "“%(text)s”") % {"text": text}


def comma() -> str:
    """Return the comma between two items of a list, with its space. Arabic has its own."""
    return pgettext("vclinic_messages: between two items of a list", ", ")
