"""Names, times and numbers."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, date, datetime, timedelta
from html import unescape
from types import ModuleType, SimpleNamespace

import pytest
from django.core.exceptions import ValidationError
from django.utils import formats, timezone, translation
from django.utils.html import escape, strip_tags
from django.utils.translation import trans_real

from vclinic_messages.models import MessagesSettings
from vclinic_messages.number_formats import badge_count, plural_forms
from vclinic_messages.templatetags import vclinic_messages_pages as tags
from vclinic_messages.times import Times


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Dr Amara Okafor", "AO"),
        ("Prof. Dr Wei-Ling Chua", "WC"),
        ("Lucía Marín", "LM"),
        ("Олена Коваль", "ОК"),
        ("د. أمارا أوكافور", "أ"),
        ("葵 山本", "葵"),
        ("Cher", "C"),
        ("jean", "J"),
        ("Dr", "D"),
        ("42", "?"),
        ("", "?"),
    ],
)
def test_initials(name, shown):
    assert tags.initials(name) == shown


@pytest.mark.parametrize(
    ("phone", "addresses"),
    [
        ("555-0100", ["5550100"]),
        ("112", ["112"]),
        ("+1 (555) 010-0100", ["+15550100100"]),
        ("+44 (0)20 7946 0958", ["+442079460958"]),
        ("+49 (0) 30 1234", ["+49301234"]),
        ("＋44 20 7946 0958", ["+442079460958"]),
        ("030 / 123456", ["030123456"]),
        ("555-0100 ext. 12", ["5550100;ext=12"]),
        ("555-0100x12", ["5550100;ext=12"]),
        ("555-0100 EXT 12", ["5550100;ext=12"]),
        ("555-0100 (ext. 12)", ["5550100;ext=12"]),
        ("1-800-FLOWERS", ["18003569377"]),
        ("0800 DENTIST", ["08003368478"]),
        ("555-0100 NHS", ["5550100"]),
        ("555-0100 or 555-0199", ["5550100", "5550199"]),
        ("555-0100/555-0199", ["5550100", "5550199"]),
        ("555-0100, 555-0199", ["5550100", "5550199"]),
        ("٠٢٠ ٧٩٤٦ ٠٩٥٨", ["02079460958"]),
        ("５５５－０１００", ["5550100"]),
        ("555\u20110100", ["5550100"]),
        ("020 7946 0958 (24 h)", ["02079460958"]),
        ("555-0100 24/7", ["5550100"]),
        ("555-0100, Mon-Fri 8:00-18:00", ["5550100"]),
        ("Call <us>", []),
    ],
)
def test_the_clinics_phone_number_is_dialled_right(phone, addresses):
    html = tags.phone_link(phone)
    assert re.findall('href="tel:([^"]+)"', html) == addresses
    assert unescape(strip_tags(html)) == phone


@pytest.mark.parametrize("phone", ["call us", "-", "24", "(24 h)"])
def test_a_phone_number_without_a_number_is_refused(phone):
    with pytest.raises(ValidationError, match="at least 3 digits"):
        MessagesSettings(phone=phone).clean_fields()


@pytest.mark.parametrize("phone", ["", "555-0100 ext. 12", "٠٢٠ ٧٩٤٦ ٠٩٥٨"])
def test_other_phone_numbers_are_accepted(phone):
    MessagesSettings(phone=phone).clean_fields()


@pytest.mark.parametrize("text", ["1555-0100", "020 555-0100", "+555-0100", "555-01000", "555-0100-2"])
def test_a_longer_number_is_not_the_clinics(text):
    assert tags.with_phone(text, "555-0100") == text


def test_a_notice_with_hours_dials_the_number_alone():
    text = "In an emergency call 020 7946 0958 (24 h)"
    html = tags.with_phone(text, "020 7946 0958")
    assert re.findall('href="([^"]+)"', html) == ["tel:02079460958"]


def test_the_clinics_phone_number_can_be_called():
    phone = "+1 (555) 010-0100"
    link = f'<a class="vcm-phone" href="tel:+15550100100"><bdi>{phone}</bdi></a>'
    assert tags.with_phone(f"Call {phone} <b>now</b>.", phone) == f"Call {link} &lt;b&gt;now&lt;/b&gt;."
    assert tags.with_phone(f"{phone} or {phone}", phone) == f"{link} or {link}"


@pytest.mark.parametrize("text", ["Call 911.", "Open 2026-11-28", "within 100 days", "555-0101"])
def test_other_numbers_cannot_be_called(text):
    assert tags.with_phone(text, "555-0100") == text
    assert tags.with_phone(text, "") == text


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://example.org/a_(b).", "https://example.org/a_(b)"),
        (
            "(https://en.wikipedia.org/wiki/Mercury_(planet))",
            "https://en.wikipedia.org/wiki/Mercury_(planet)",
        ),
        ("(http://example.org)", "http://example.org"),
        ("Have you seen https://example.org/page?", "https://example.org/page"),
        ("“https://example.org/a”b", "https://example.org/a"),
        ("“https://example.org”", "https://example.org"),
        ("https://example.org/a) b", "https://example.org/a"),
        ("https://example.org/a(b c)", "https://example.org/a"),
        ("https://example.org/a[1]{2}", "https://example.org/a[1]{2}"),
        ("**https://example.org/a**", "https://example.org/a"),
        ("**https://example.org/a**b", "https://example.org/a"),
        ("*https://example.org/a*.", "https://example.org/a"),
        ("https://example.org/a\u200bb", "https://example.org/a"),
        ("https://example.org/a\u2060", "https://example.org/a"),
        ("\ufeffhttps://example.org/a\u00ad", "https://example.org/a"),
        ("请看https://example.org/a。谢谢", "https://example.org/a"),
        ("（https://example.org/a）", "https://example.org/a"),
        ("「https://example.org/a」、", "https://example.org/a"),
        ("https://example.org/a，https", "https://example.org/a"),
        ("https://example.org/a،", "https://example.org/a"),
        ("https://example.org/a…", "https://example.org/a"),
        ("https://ja.wikipedia.org/wiki/日本", "https://ja.wikipedia.org/wiki/日本"),
        ("https://example.org/?q=a+b&c#d", "https://example.org/?q=a+b&amp;c#d"),
        ("http://[::1]:8000/a", "http://[::1]:8000/a"),
        ("https://example.org/?a=1&b=2", "https://example.org/?a=1&amp;b=2"),
    ],
)
def test_web_addresses_can_be_followed(text, address):
    assert f'href="{address}"' in tags.with_links(text)


@pytest.mark.parametrize(
    "text",
    [
        "example.org",
        "www.example.org",
        "javascript:alert(1)",
        "mail@example.org",
        "example.org/https://example.org",
        "done.http://x",
        "https://",
        "https:///path",
        "https://:80/",
        "https://user@/",
        "https://?q",
        "https://.",
        "https://example.org:x/",
        "http://[",
        '"><script>',
    ],
)
def test_nothing_else_becomes_a_link(text):
    assert tags.with_links(text) == escape(text)


def test_all_addresses_of_a_text_are_links():
    html = tags.with_links("a https://a.example, https://b.example/;\nhttps://")
    assert re.findall('href="([^"]+)"', html) == ["https://a.example", "https://b.example/"]
    assert strip_tags(html) == "a https://a.example, https://b.example/;\nhttps://"


@pytest.mark.parametrize("end", ["\v", "\f", "\x85", "\u2028", "\u2029"])
def test_every_line_end_of_a_text_is_shown(end):
    assert tags.with_links(f"a{end}b  c\td") == "a\nb  c\td"


def test_each_name_is_isolated():
    people = [SimpleNamespace(name="\u202eA"), SimpleNamespace(name="<B>")]
    assert tags.isolated_names(people) == "<bdi>\u202eA</bdi>, <bdi>&lt;B&gt;</bdi>"


def test_a_link_is_safe():
    html = tags.with_links('https://example.org/"onclick="x&lt;<script>alert(1)</script> & <b>')
    assert html.startswith(
        '<a href="https://example.org/" rel="nofollow noopener noreferrer">https://example.org/</a>'
    )
    assert "<script" not in html
    assert " &amp; &lt;b&gt;" in html


def ago(**span):
    return timezone.now() - timedelta(**span)


def test_times_of_a_row(monkeypatch):
    noon = datetime(2026, 11, 18, 12, tzinfo=UTC)  # a Wednesday
    monkeypatch.setattr(timezone, "now", lambda: noon)
    with timezone.override(UTC):
        assert Times().short(ago(seconds=20)) == "Now"
        assert Times().short(ago(seconds=-20)) == "Now"
        assert Times().short(ago(minutes=4)) == "4 min"
        assert Times().short(ago(hours=2, minutes=50)) == "2 h"
        assert Times().short(ago(hours=13)) == "Yesterday"
        assert Times().short(ago(days=6)) == "Thu"
        assert Times().short(ago(days=7)) == "Nov 11"
        assert Times().short(ago(days=400)) == "10/14/2025"
        assert Times().full(ago(days=6)) == "Thursday, November 12, 12:00 PM"
        assert Times().in_sentence(ago(minutes=1)) == "today at 11:59 AM"
        assert Times().within_sentence(ago(minutes=1)) == "today, 11:59 AM"
        assert Times().within_sentence(ago(hours=13)) == "yesterday, 11:00 PM"
        assert Times().within_sentence(ago(days=6)) == "Thursday, November 12, 12:00 PM"
        assert Times().in_sentence(ago(hours=13)) == "yesterday at 11:00 PM"
        assert Times().in_sentence(ago(days=6)) == "on Thursday, November 12 at 12:00 PM"
        assert tags.day_name(date(2026, 11, 17)) == "Yesterday"
        assert tags.day_name(date(2025, 1, 2)) == "Thursday, Jan. 2, 2025"


def test_times_of_a_page_are_in_its_own_language():
    """A template may switch the language for a part of the page."""
    moment = ago(days=1)
    times = Times()
    with translation.override("de"):
        assert times.short(ago(seconds=150)) == "2 min"
        assert (times.short(moment), Times().short(moment)) == ("Yesterday", "Gestern")
        full = times.full(moment)
    assert full == Times().full(moment)


@pytest.mark.parametrize("now", ["2026-10-25T01:10Z", "2026-03-29T01:10Z"])
def test_the_clocks_changing_does_not_change_how_long_ago_it_was(monkeypatch, now):
    monkeypatch.setattr(timezone, "now", lambda: datetime.fromisoformat(now))
    with timezone.override("Europe/Berlin"):
        assert Times().short(ago(minutes=20)) == "20 min"


def test_times_follow_the_language():
    moment = datetime(2026, 11, 18, 14, 5, tzinfo=UTC)
    with timezone.override(UTC):
        assert Times().clock(moment) == "2:05 PM"
        with translation.override("de"):
            assert Times().clock(moment) == "14:05"


def test_numbers():
    assert tags.number(5000) == "5,000"
    assert [badge_count(count) for count in (1, 99, 100)] == ["1", "99", "99+"]
    with translation.override("de"):
        assert tags.number(5000) == "5.000"


@pytest.mark.parametrize(
    ("text", "full", "state"),
    [
        ("x" * 188, "4,812 of 5,000 characters left", ""),
        ("🙂\r\n", "4,998 of 5,000 characters left", ""),
        ("x" * 4800, "200 of 5,000 characters left", "few"),
        ("x" * 5000, "0 of 5,000 characters left", "few"),
        ("x" * 5001, "1 character too many", "over"),
        ("x" * 5012, "12 characters too many", "over"),
    ],
)
def test_the_counter(text, full, state):
    context = tags.character_count(text)
    assert (context["full"], context["state"]) == (full, state)


def test_phrases_for_the_script():
    forms = json.loads(tags.new_messages_forms())
    assert (forms["language"], forms["separator"]) == ("en-u-nu-latn", ",")
    samples = json.loads(tags.character_count("")["over_forms"])["samples"]
    assert samples["1"] == "{n} character too many"
    assert {samples[each] for each in samples if each != "1"} == {"{n} characters too many"}


@pytest.mark.parametrize("language", ["en", "ar", "cy", "ga", "lt", "pl", "ru"])
def test_the_samples_show_every_plural_form_of_a_language(language):
    """The forms are those of Django's own translations; a test of the script needs no more."""
    with translation.override(language):
        forms = {trans_real.catalog().plural(count) for count in range(1000)}
        samples = json.loads(plural_forms(_plural_index))["samples"]
    assert set(samples.values()) == {str(form) for form in forms}


def _plural_index(count, shown):
    return str(trans_real.catalog().plural(count))


@pytest.fixture
def own_formats(settings, monkeypatch):
    """The portal's own module of formats for English."""
    module = ModuleType("own_formats.en.formats")
    for name, each in {"own_formats": ModuleType("own_formats"), "own_formats.en.formats": module}.items():
        monkeypatch.setitem(sys.modules, name, each)
    package = ModuleType("own_formats.en")
    package.__path__ = []
    monkeypatch.setitem(sys.modules, "own_formats.en", package)
    settings.FORMAT_MODULE_PATH = "own_formats"
    formats.reset_format_cache()
    with translation.override("en"), timezone.override("America/New_York"):
        yield module
    formats.reset_format_cache()


@pytest.mark.parametrize(
    ("pattern", "shown"),
    [
        ("P", "10:31 AM"),
        ("H:i:s", "10:31:07"),
        ("H:i T", "10:31 EST"),
        (r"H \h i", "10 h 31"),
        ("D H:i", "Fri 10:31"),
    ],
)
def test_a_portals_own_format_of_the_time(own_formats, pattern, shown):
    own_formats.TIME_FORMAT = pattern
    assert Times().clock(datetime(2026, 11, 20, 15, 31, 7, tzinfo=UTC)) == shown


def test_what_is_made_once_is_made_for_each_language():
    for language, day, limit in (
        ("en", "Monday", "5,000"),
        ("de", "Montag", "5.000"),
        ("en", "Monday", "5,000"),
    ):
        with translation.override(language):
            assert tags.day_name(date(2026, 1, 5)).startswith(day)
            assert limit in tags.character_count("x")["full_forms"]


def test_an_emergency_notice_links_what_is_dialled_and_no_house_number():
    html = tags.emergency_links("Call 911 or 555-0100. We are at 1200 <Main> Street.", "555-0100")
    assert html.count("<a ") == 2
    assert 'href="tel:911"' in html
    assert 'href="tel:5550100"' in html
    assert "1200 &lt;Main&gt; Street." in html
