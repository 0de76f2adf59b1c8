"""The text of a message: stored as it was written, counted in Unicode code points."""

import sys
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vclinic_messages import actions
from vclinic_messages.errors import InvalidInput
from vclinic_messages.message_text import clean_body, clean_draft, excerpt, is_blank, with_line_ends
from vclinic_messages.models import Message
from vclinic_messages.testing import create_conversation


def test_a_draft_may_be_longer_and_blank():
    assert clean_draft("🙂\r\n" * 5000) == "🙂\n" * 5000
    assert [clean_draft(text) for text in ("", " \n", "\u200b\u0301")] == ["", "", ""]
    assert clean_draft(" a ") == " a "
    for text, code in (
        ("x" * 10_001, "max_length"),
        ("\0", "invalid_characters"),
        ("\ud800", "invalid_characters"),
    ):
        with pytest.raises(InvalidInput) as refusal:
            clean_draft(text)
        [problem] = refusal.value.errors["body"]
        assert problem.code == code


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor)


def code_of(body):
    with pytest.raises(InvalidInput) as refusal:
        clean_body(body)
    [problem] = refusal.value.errors["body"]
    return problem.code


@pytest.mark.parametrize(
    "body",
    [
        "  leading and trailing  ",
        "\n\nlines\n\n",
        "\ttab",
        '<script>alert(1)</script> & "quotes" \'',
        "{{ variable }} {% tag %} %s %(name)s \\",
        "zero\u200bwidth \u202eright to left\u202c",
        "e\u0301 is not \u00e9",
        "👩🏽‍⚕️ 🇵🇹 ❤️",
        "\x01 control \x7f",
        "\ufeffmark \uffff \U0010ffff",
        "0",
    ],
)
def test_a_text_is_stored_as_it_was_written(conversation, doctor, body):
    message = actions.send_message(conversation=conversation, sender=doctor, body=body)
    assert Message.objects.get(pk=message.pk).body == body


@pytest.mark.parametrize(
    ("written", "stored"),
    [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("a\r\r\nb\n\r", "a\n\nb\n\n"), ("\r\n a \r\n", "\n a \n")],
)
def test_line_ends_become_one_character(conversation, doctor, written, stored):
    message = actions.send_message(conversation=conversation, sender=doctor, body=written)
    assert Message.objects.get(pk=message.pk).body == stored == message.body


@pytest.mark.parametrize(
    "body",
    ["a" * 5000, "😀" * 5000, "a\r\n" * 2500, "👩🏽‍⚕️" * 1000, "e\u0301" * 2500],
    ids=["latin", "emoji", "line ends", "joined emoji", "combining"],
)
def test_5000_code_points_are_accepted(conversation, doctor, body):
    message = actions.send_message(conversation=conversation, sender=doctor, body=body)
    assert len(Message.objects.get(pk=message.pk).body) == 5000


@pytest.mark.parametrize(
    "body",
    ["a" * 5001, "😀" * 5001, "a\r\n" * 2500 + "b", "a" * 4999 + "👍🏽"],
    ids=["latin", "emoji", "lines", "tone"],
)
def test_5001_code_points_are_refused(body):
    assert code_of(body) == "max_length"


def test_the_refusal_says_how_much_is_too_much():
    with pytest.raises(InvalidInput) as refusal:
        clean_body("x" * 5012)
    assert "12 characters" in str(refusal.value.errors["body"][0].detail)


@pytest.mark.parametrize("body", ["", " ", "\n", "\r\n\t ", "\u00a0\u2003\u3000"])
def test_white_space_alone_is_blank(body):
    assert code_of(body) == "blank"


@pytest.mark.parametrize("body", ["\0", "a\0b", "\ud800", "\udfff", "ok \udc00 not ok", "\ude00\ud83d"])
def test_what_cannot_be_stored_is_refused(body):
    assert code_of(body) == "invalid_characters"


@given(st.text(min_size=1, max_size=60))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_unicode_text_comes_back_unchanged(conversation, doctor, settings, text):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 10_000}
    try:
        expected = clean_body(text)
    except InvalidInput:
        return
    message = actions.send_message(conversation=conversation, sender=doctor, body=text)
    assert Message.objects.get(pk=message.pk).body == expected


@pytest.mark.parametrize(
    "character",
    ["🇵🇹", "👩\u200d👩\u200d👧", "👍🏽", "e\u0301", "क्षि", "❤\ufe0f", "1\ufe0f\u20e3", "각", "ถ้ำ",
     "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"],
)  # fmt: skip
@pytest.mark.parametrize("before", range(12))
def test_an_excerpt_ends_between_two_characters(character, before):
    text = "x" * before + character * 120
    line = excerpt(text)
    assert len(line) <= 120
    shown = line.removesuffix("…").removeprefix("x" * before)
    assert shown == character * (len(shown) // len(character)) != ""


def test_an_excerpt_of_a_letter_with_many_marks_is_cut_at_120():
    assert excerpt("e" + "\u0301" * 500) == "e" + "\u0301" * 118 + "…"


@pytest.mark.parametrize("end", ["\v", "\f", "\x85", "\u2028", "\u2029"])
def test_line_ends_of_unicode_are_shown(end):
    assert with_line_ends(f"a{end}b  c\td") == "a\nb  c\td"
    assert excerpt(f"a{end}b") == "a b"


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("short", "short"),
        ("a\n\n  b\tc ", "a b c"),
        ("x" * 120, "x" * 120),
        ("x" * 121, "x" * 119 + "…"),
        ("x" * 118 + " and more", "x" * 118 + "…"),
    ],
)
def test_an_excerpt_is_one_line_of_120_characters(body, line):
    assert excerpt(body) == line


@pytest.mark.parametrize("body", ["\u200b", "\u200b \n\u2060", "\ufeff", "\u00ad", "\u2028"])
def test_a_text_of_which_nothing_is_seen_is_blank(conversation, doctor, body):
    with pytest.raises(InvalidInput) as refusal:
        actions.send_message(conversation=conversation, sender=doctor, body=body)
    assert [each.code for each in refusal.value.errors["body"]] == ["blank"]


#: Words in the names of characters that show nothing, and the categories of the others.
INVISIBLE_NAMES = (
    "HANGUL FILLER",
    "CHOSEONG FILLER",
    "JUNGSEONG FILLER",
    "PATTERN BLANK",
    "HALF BLANK",
    "FULL BLANK",
    "NULL NOTEHEAD",
)
INVISIBLE_CATEGORIES = ("Zs", "Zl", "Zp", "Cf", "Mn", "Mc", "Me")
ALL_CHARACTERS = [chr(each) for each in range(1, sys.maxunicode + 1) if not 0xD800 <= each <= 0xDFFF]
INVISIBLE = [
    each
    for each in ALL_CHARACTERS
    if unicodedata.category(each) in INVISIBLE_CATEGORIES
    or unicodedata.name(each, "").endswith(INVISIBLE_NAMES)
    or each in "\u2065\U00013441\U00013442"  # unassigned: in all versions, and in that of Python 3.11
    or "\ufff0" <= each <= "\ufff8"
    or "\U000e0000" <= each <= "\U000e0fff"
]
VISIBLE = sorted(
    set(ALL_CHARACTERS) - set(INVISIBLE) - {chr(each) for each in (*range(32), *range(127, 160))}
)


def test_the_characters_that_show_something():
    visible = set(VISIBLE)
    assert [each for each in ALL_CHARACTERS if is_blank(each) and each in visible] == []
    assert [f"U+{ord(each):04X}" for each in INVISIBLE if not is_blank(each)] == []


@given(st.lists(st.sampled_from(INVISIBLE), max_size=20).map("".join))
@settings(deadline=None)
def test_any_text_that_shows_nothing_is_blank(text):
    assert code_of(text) == "blank"


@given(
    st.lists(st.sampled_from(INVISIBLE), max_size=20).map("".join),
    st.sampled_from(VISIBLE),
    st.lists(st.sampled_from(INVISIBLE), max_size=20).map("".join),
)
@settings(deadline=None)
def test_one_visible_character_is_enough(before, character, after):
    assert clean_body(before + character + after) == before + character + after


def test_a_joiner_inside_a_text_stays(conversation, doctor):
    family = "👩\u200d👧"
    assert actions.send_message(conversation=conversation, sender=doctor, body=family).body == family
