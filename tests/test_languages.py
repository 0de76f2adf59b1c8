"""Texts, dates and numbers are in one language."""

from __future__ import annotations

from datetime import date

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from vclinic_messages import languages
from vclinic_messages.number_formats import number
from vclinic_messages.templatetags.vclinic_messages_pages import language_attributes
from vclinic_messages.times import Times, date_in_full


@pytest.mark.parametrize(
    ("active", "shown", "attributes"),
    [
        ("en-us", "en-us", 'lang="en-us" dir="ltr"'),
        ("en-gb", "en-gb", 'lang="en-gb" dir="ltr"'),
        ("de-at", "de-at", 'lang="de-at" dir="ltr"'),
        ("pt-br", "pt-br", 'lang="pt-br" dir="ltr"'),
        ("ar", "ar", 'lang="ar" dir="rtl"'),
        ("it", "en", 'lang="en" dir="ltr"'),
        ("fa", "en", 'lang="en" dir="ltr"'),
    ],
)
def test_the_language_of_our_texts(active, shown, attributes):
    with translation.override(active):
        assert languages.language() == shown
        assert language_attributes() == attributes


def test_without_an_active_language_texts_are_english():
    with translation.override(None):
        assert languages.language() == "en"


def test_a_language_without_a_catalogue_gets_english_dates_and_numbers_too():
    day = date(2025, 1, 2)
    with translation.override("it"):
        assert date_in_full(day) == "Jan. 2, 2025"
        assert Times().day_name(day) == "Thursday, Jan. 2, 2025"
        assert number(5000) == "5,000"


def test_it_gets_the_portals_own_language_where_that_has_a_catalogue(settings, monkeypatch):
    """So Django does it: what has no translation is shown in LANGUAGE_CODE."""
    settings.LANGUAGE_CODE = "de"
    monkeypatch.setattr(trans_real, "_translations", {})
    with translation.override("it"):
        assert languages.language() == "de"
        assert date_in_full(date(2025, 1, 2)) == "2. Januar 2025"
        assert number(5000) == "5.000"
