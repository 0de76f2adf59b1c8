"""Dates, figures and plural forms in each language, as a reader of it writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone, translation

from example_project.translations import PLURAL_FORMS
from vclinic_messages.number_formats import number
from vclinic_messages.templatetags.vclinic_messages_pages import newer_messages
from vclinic_messages.times import Times, date_in_full

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday

#: 4995; a time; a day of this year; a day of another year; a date in full.
SAMPLES = {
    "en": ("4,995", "5:05 PM", "Thursday, November 12", "Thursday, Jan. 2, 2025", "Jan. 2, 2025"),
    "de": ("4.995", "17:05", "Donnerstag, 12. November", "Donnerstag, 2. Januar 2025", "2. Januar 2025"),
    "es": (
        "4\xa0995",
        "17:05",
        "jueves, 12 de noviembre",
        "jueves, 2 de enero de 2025",
        "2 de enero de 2025",
    ),
    "fr": ("4\xa0995", "17:05", "jeudi 12 novembre", "jeudi 2 janvier 2025", "2 janvier 2025"),
    "pt": (
        "4.995",
        "17:05",
        "quinta-feira, 12 de novembro",
        "quinta-feira, 2 de janeiro de 2025",
        "2 de janeiro de 2025",
    ),
    "ar": ("4995", "5:05 م", "الخميس، 12 نوفمبر", "الخميس، 2 يناير، 2025", "2 يناير، 2025"),
}


@pytest.mark.parametrize("language", SAMPLES)
def test_dates_and_figures(monkeypatch, language):
    monkeypatch.setattr(timezone, "now", lambda: NOON)
    with translation.override(language), timezone.override(UTC):
        times = Times()
        shown = (
            number(4995),
            times.clock(NOON + timedelta(hours=5, minutes=5)),
            times.day_name(date(2026, 11, 12)),
            times.day_name(date(2025, 1, 2)),
            date_in_full(date(2025, 1, 2)),
        )
    assert shown == SAMPLES[language]


#: "… newer messages" for 0, 1, 2, 3, 11 and 100.
FORMS = {
    "en": ("0 newer messages", "1 newer message", "2 newer messages"),
    "de": ("0 neuere Nachrichten", "1 neuere Nachricht", "2 neuere Nachrichten"),
    "fr": ("0 message plus récent", "1 message plus récent", "2 messages plus récents"),
    "ar": (
        "لا رسائل أحدث",
        "رسالة واحدة أحدث",
        "رسالتان أحدث",
        "3 رسائل أحدث",
        "11 رسالة أحدث",
        "100 رسالة أحدث",
    ),
    "pt": ("0 mensagem mais recente", "1 mensagem mais recente", "2 mensagens mais recentes"),
    "es": ("0 mensajes más recientes", "1 mensaje más reciente", "2 mensajes más recientes"),
}


@pytest.mark.parametrize("language", FORMS)
def test_plural_forms(language):
    with translation.override(language):
        assert (
            tuple(newer_messages(count) for count in (0, 1, 2, 3, 11, 100)[: len(FORMS[language])])
            == FORMS[language]
        )


@pytest.mark.parametrize("language", PLURAL_FORMS)
def test_every_language_has_a_sample(language):
    assert language in SAMPLES
