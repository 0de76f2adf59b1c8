"""The catalogues have every text, and every text has its translation."""

from __future__ import annotations

import re
import shutil
from gettext import GNUTranslations, c2py
from pathlib import Path

import pytest
from babel.core import Locale
from babel.messages.pofile import read_po
from django import conf
from django.apps import apps
from django.utils import translation
from django.utils.translation import trans_real

from example_project.translations import APPS, PLURAL_FORMS, catalogues, compile_catalogue, extract
from tests.postgres import ROOT

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%|</?\w+[^>]*>")
#: The names of the number by which a plural form is chosen.
NUMBERS = {"%(count)s", "%(count)d", "%(shown)s", "%(left)s", "%(found)s"}
CONTEXT_END = trans_real.CONTEXT_SEPARATOR
TOLD = "Run make messages, translate what it names, run it again and commit the catalogues."

every_catalogue = pytest.mark.parametrize("po", catalogues(), ids=lambda po: f"{po.parts[-5]}-{po.parts[-3]}")
every_translation = pytest.mark.parametrize(
    "po",
    [po for po in catalogues() if po.parts[-3] != "en"],
    ids=lambda po: f"{po.parts[-5]}-{po.parts[-3]}",
)


def entries(po):
    with po.open("rb") as file:
        return [each for each in read_po(file) if each.id]


def compiled(mo):
    with mo.open("rb") as file:
        return GNUTranslations(file)._catalog


def forms(text):
    return list(text) if isinstance(text, (tuple, list)) else [text]


def test_the_catalogues_have_exactly_the_texts_of_the_code(tmp_path):
    for app in APPS:
        shutil.copytree(ROOT / app, tmp_path / app, ignore=shutil.ignore_patterns("__pycache__", "static"))
    extract(tmp_path)
    changed = [
        str(po.relative_to(ROOT))
        for po in catalogues()
        if po.read_text() != (tmp_path / po.relative_to(ROOT)).read_text()
    ]
    assert changed == [], TOLD


def test_every_app_has_every_language():
    found = {(po.parts[-5], po.parts[-3]) for po in catalogues()}
    assert found == {(app, language) for app in APPS for language in PLURAL_FORMS}


@every_catalogue
def test_no_translation_is_a_guess_or_of_a_text_that_is_gone(po):
    text = po.read_text()
    assert "fuzzy" not in text
    assert "#~" not in text


@every_catalogue
def test_what_django_reads_is_what_the_catalogue_says(po, tmp_path):
    compile_catalogue(po, tmp_path / "django.mo")
    assert compiled(po.with_suffix(".mo")) == compiled(tmp_path / "django.mo"), TOLD


@every_translation
def test_every_text_is_translated_in_every_plural_form(po):
    count = int(re.search(r"nplurals=(\d)", PLURAL_FORMS[po.parts[-3]])[1])
    missing = [
        each.id
        for each in entries(po)
        if not all(forms(each.string)) or (each.pluralizable and len(forms(each.string)) != count)
    ]
    assert missing == [], TOLD


@every_translation
def test_translations_have_the_placeholders_and_elements_of_the_text(po):
    wrong = [
        (each.id, translated)
        for each in entries(po)
        for translated in filter(None, forms(each.string))
        if not any(has_same_placeholders(translated, text) for text in forms(each.id))
    ]
    assert wrong == []


def has_same_placeholders(translated, text):
    """A form of a plural may say the number in words, as the dual of Arabic does."""
    found, wanted = (sorted(PLACEHOLDER.findall(each)) for each in (translated, text))
    return found == wanted or found == [each for each in wanted if each not in NUMBERS]


@pytest.mark.parametrize("language", PLURAL_FORMS)
def test_the_catalogue_chooses_the_plural_form_that_the_scripts_choose(language):
    """The scripts ask ``Intl.PluralRules``. It has the rules of Unicode CLDR, and so has Babel."""
    chosen_by_cldr = Locale.parse(language).plural_form
    by_gettext: dict[str, set[int]] = {}
    rule = c2py(re.search(r"plural=(.*);", PLURAL_FORMS[language])[1])
    for number in range(1000):
        by_gettext.setdefault(chosen_by_cldr(number), set()).add(rule(number))
    assert all(len(found) == 1 for found in by_gettext.values())
    assert len(by_gettext) == int(re.search(r"nplurals=(\d)", PLURAL_FORMS[language])[1])


@pytest.mark.parametrize("language", PLURAL_FORMS)
def test_every_catalogue_says_its_language(language):
    with translation.override(language):
        said = translation.pgettext("vclinic_messages: the code of this catalogue's language", "en")
    assert said == language


def test_texts_that_other_apps_translate_too_have_a_context():
    """Without one, Django takes the translation of the app that is installed first."""
    ours = {form for each in entries(catalogues()[0]) if not each.context for form in forms(each.id)}
    others = [each.path for each in apps.get_app_configs() if not each.name.startswith(tuple(APPS))]
    theirs = set().union(*(known_texts(path) for path in [*others, Path(conf.__file__).parent]))
    assert ours & theirs == set()


def known_texts(path):
    keys = {key for mo in ROOT.joinpath(path).glob("locale/*/LC_MESSAGES/django.mo") for key in compiled(mo)}
    texts = {key[0] if isinstance(key, tuple) else key for key in keys}
    return {text for text in texts if CONTEXT_END not in text}


def test_short_texts_have_a_context():
    """An app that is not installed here may translate them, too."""
    short = [
        each.id
        for each in entries(ROOT / "vclinic_messages" / "locale" / "en" / "LC_MESSAGES" / "django.po")
        if not each.context and len(str(forms(each.id)[0]).split()) < 3 and "%(" not in str(each.id)
    ]
    assert short == []
