"""Template tags of the Messages pages: how names, times, numbers and texts are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Protocol

from django.template import Library
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext, pgettext

from vclinic_messages import number_formats
from vclinic_messages.languages import comma, direction, language
from vclinic_messages.message_text import normalize, with_line_ends
from vclinic_messages.models import BODY_MAX_LENGTH, Role
from vclinic_messages.number_formats import number, plural_forms
from vclinic_messages.phone_numbers import PhoneNumber, is_for_calling, phone_numbers
from vclinic_messages.search.folding import SearchWord
from vclinic_messages.search.marking import Range, found_ranges
from vclinic_messages.teams import is_team_id
from vclinic_messages.times import Times, date_in_full
from vclinic_messages.web_addresses import web_addresses

register = Library()
register.filter(number)
register.filter(with_line_ends)
register.filter(number_formats.badge_count)
register.filter(number_formats.list_count)

#: The character count warns when this many characters are left, or fewer.
FEW_LEFT = 200

_TITLES = {"dr", "prof", "mr", "mrs", "ms", "mx", "miss", "frau", "herr", "mme"}


@register.simple_tag
def language_attributes() -> SafeString:
    """Render the attributes ``lang`` and ``dir`` of an element with our texts, in a page of the portal."""
    return format_html('lang="{}" dir="{}"', language(), direction())


# People


class Named(Protocol):
    """Somebody with a name."""

    @property
    def name(self) -> str: ...


class Described(Named, Protocol):
    """A person as the directory describes them, or a team."""

    @property
    def id(self) -> str | None: ...

    @property
    def role(self) -> Role | None: ...

    @property
    def description(self) -> str: ...


@register.filter
def initials(name: str) -> str:
    """Return the initials of the first and the last name; "?" for a name without letters.

    Titles do not count. Only one initial is returned in scripts without capital letters, such as Arabic,
    where letters join or one character is a whole word.
    """
    letters = [next(character for character in part if character.isalpha()) for part in untitled(name)]
    if not letters:
        return "?"
    first, last = letters[0], letters[-1]
    if len(letters) == 1 or not (_has_capitals(first) and _has_capitals(last)):
        return first.upper()
    return (first + last).upper()


def untitled(name: str) -> list[str]:
    """Return the parts of a name that have letters, without titles."""
    names = [part for part in name.split() if any(character.isalpha() for character in part)]
    return [part for part in names if not part.endswith(".") and part.casefold() not in _TITLES] or names


def _has_capitals(letter: str) -> bool:
    return unicodedata.category(letter) in ("Lu", "Ll", "Lt")


@register.filter
def role_line(person: Described) -> str:
    """Return a person's role and description, such as "Doctor · Cardiology"; for a team its topic."""
    label = _role_label(person.role, get_language()) if person.role else ""
    if is_team_id(person.id):
        label = pgettext("vclinic_messages", "Team")
    return f"{label} · {person.description}" if label and person.description else label or person.description


@lru_cache(maxsize=200)
def _role_label(role: Role, language: str | None) -> str:
    # Cached, because looking up the label takes longer than anything else in a row of the list.
    return str(role.label)


@register.filter
def names(people: Iterable[Named]) -> str:
    """Return the names of these people, separated by commas."""
    return comma().join(person.name for person in people)


@register.filter
def isolated_names(people: Iterable[Named]) -> SafeString:
    """Render the names of these people, each isolated, so that none changes the direction of the others."""
    names = [format_html("<bdi>{}</bdi>", person.name) for person in people]
    # Most conversations have one other participant, and the comma is a lookup in a catalogue.
    return names[0] if len(names) == 1 else format_html_join(comma(), "{}", ((name,) for name in names))


@register.filter
def avatar(person: Described) -> SafeString:
    """Render the person's initials in the shape for their role, or the mark of a team."""
    is_team = is_team_id(person.id)
    kind = "team" if is_team else (person.role or Role.PATIENT).value
    return format_html(
        '<span class="vcm-avatar vcm-avatar--{}" aria-hidden="true">{}</span>',
        kind,
        _team_icon() if is_team else initials(person.name),
    )


@lru_cache
def _team_icon() -> SafeString:
    return mark_safe(render_to_string("vclinic_messages/parts/icons/team.html").strip())  # noqa: S308 - our file


# Times: ``times`` is the page's.


@register.filter
def short_time(moment: datetime, times: Times) -> SafeString:
    """Render a ``<time>`` that shows how long ago, with day and time in full as its title."""
    return _time_element(times, moment, times.short)


@register.filter
def clock_time(moment: datetime, times: Times) -> SafeString:
    """Render a ``<time>`` that shows the time of day, with day and time in full as its title."""
    return _time_element(times, moment, times.clock)


def _time_element(times: Times, moment: datetime, shown: Callable[[datetime], str]) -> SafeString:
    local = times.local(moment)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', local.isoformat(), times.full(local), shown(local)
    )


@register.filter
def waiting_time(since: datetime, times: Times) -> SafeString:
    """Render how long a row's conversation waits."""
    return format_html(
        '<span class="vcm-row__wait" data-since="{}"><span aria-hidden="true">{}</span>'
        '<span class="vcm-visually-hidden">{}</span></span>',
        times.local(since).isoformat(timespec="seconds"),
        times.wait(since),
        times.waiting(since),
    )


@register.filter
def waiting_sentence(since: datetime, times: Times) -> SafeString:
    """Render how long the open conversation waits."""
    iso = times.local(since).isoformat(timespec="seconds")
    return format_html('<span data-since="{}">{}</span>', iso, times.waiting(since))


@register.filter
def unread_sentence(since: datetime) -> str:
    """Return that nobody has read a message since this moment, at least a day ago."""
    return Times().not_read(since)


@register.filter
def time_in_sentence(moment: datetime) -> str:
    """Return day and time as the end of a sentence, such as "today at 10:31 AM"."""
    return Times().in_sentence(moment)


@register.filter
def time_within_sentence(moment: datetime) -> str:
    """Return day and time for the middle of a sentence, such as "today, 10:31 AM"."""
    return Times().within_sentence(moment)


@register.filter(name="date_in_full")
def full_date(moment: datetime) -> str:
    """Return the date with its year, such as "Nov. 19, 2026"."""
    return date_in_full(Times().local(moment).date())


@register.filter
def date_and_time(moment: datetime) -> str:
    """Return date and time with the year, such as "Nov. 19, 2026, 10:31 AM"."""
    return Times().dated(moment)


@register.simple_tag(name="comma")
def comma_tag() -> str:
    """Render the comma between two items of a list, with its space."""
    return comma()


@register.filter
def day_name(day: date) -> str:
    """Return the day as a divider names it, such as "Today", "Yesterday" or "Thursday, November 19"."""
    return Times().day_name(day)


@register.filter
def full_day_name(day: date) -> str:
    """Return the day as a divider names it when it is neither today nor yesterday."""
    return Times().full_day_name(day)


# The character count


@register.inclusion_tag("vclinic_messages/parts/character_count.html")
def character_count(text: str) -> dict[str, object]:
    """Render how many characters are left, counted in Unicode code points as ``clean_body`` counts them."""
    left = BODY_MAX_LENGTH - len(normalize(text))
    return {
        "limit": BODY_MAX_LENGTH,
        "few": FEW_LEFT,
        "is_empty": left == BODY_MAX_LENGTH,
        "state": "over" if left < 0 else "few" if left <= FEW_LEFT else "",
        "full": _left_full(left, number(left)) if left >= 0 else _too_many(-left, number(-left)),
        "short": _left_short(left, number(left)) if left >= 0 else _too_many(-left, number(-left)),
        "full_forms": plural_forms(_left_full),
        "short_forms": plural_forms(_left_short),
        "over_forms": plural_forms(_too_many),
    }


def _left_full(count: int, shown: str) -> str:
    phrase = ngettext("%(left)s of %(limit)s characters left", "%(left)s of %(limit)s characters left", count)
    return phrase % {"left": shown, "limit": number(BODY_MAX_LENGTH)}


def _left_short(count: int, shown: str) -> str:
    phrase = ngettext("%(left)s of %(limit)s left", "%(left)s of %(limit)s left", count)
    return phrase % {"left": shown, "limit": number(BODY_MAX_LENGTH)}


def _too_many(count: int, shown: str) -> str:
    return ngettext("%(count)s character too many", "%(count)s characters too many", count) % {"count": shown}


@register.simple_tag
def too_long_to_paste() -> str:
    """Return what the script says to a text that it does not let in."""
    text = gettext("This text is too long to paste here. A message can have up to %(limit)s characters.")
    return text % {"limit": number(BODY_MAX_LENGTH)}


@register.simple_tag
def new_messages_forms() -> str:
    """Return "… new messages" in all plural forms, for the script."""
    return plural_forms(_new_messages)


def _new_messages(count: int, shown: str) -> str:
    return ngettext("%(count)s new message", "%(count)s new messages", count) % {"count": shown}


@register.simple_tag
def newer_messages_forms() -> str:
    """Return "… newer messages" in all plural forms, for the script."""
    return plural_forms(_newer_messages)


@register.filter
def newer_messages(count: int) -> str:
    """Return "… newer messages"."""
    return _newer_messages(count, number(count))


def _newer_messages(count: int, shown: str) -> str:
    return ngettext("%(count)s newer message", "%(count)s newer messages", count) % {"count": shown}


# Links in texts


@register.filter
def with_links(text: str, marks: Sequence[Range] = ()) -> SafeString:
    """Return a message's text, escaped, with its http and https addresses as links.

    Words such as example.org are no links: they are often a slip of the pen, such as a missing space after a
    full stop. ``marks`` are the words of a search.
    """
    text = with_line_ends(text)
    parts: list[str] = []
    position = 0
    for start, end in web_addresses(text):
        parts += (
            _marked(text, position, start, marks),
            format_html(
                '<a href="{}" rel="nofollow noopener noreferrer">{}</a>',
                text[start:end],
                _marked(text, start, end, marks),
            ),
        )
        position = end
    return mark_safe("".join(parts) + _marked(text, position, len(text), marks))  # noqa: S308 - each part is escaped


# What a search found


@register.filter
def marked(text: str, marks: Sequence[Range]) -> SafeString:
    """Return a text, escaped, with the words of a search marked."""
    return _marked(text, 0, len(text), marks)


@register.filter
def marked_names(people: Iterable[Named], words: Sequence[SearchWord]) -> SafeString:
    """Render the names of these people, with the words of a search marked."""
    names = ((marked(person.name, found_ranges(person.name, words)),) for person in people)
    return format_html_join(comma(), "<bdi>{}</bdi>", names)


def _marked(text: str, start: int, end: int, marks: Sequence[Range]) -> SafeString:
    """Return a part of the text, escaped, with the marks in it."""
    parts: list[str] = []
    for first, last in marks:
        first, last = max(first, start), min(last, end)
        if first < last:
            parts += (
                escape(text[start:first]),
                format_html('<mark class="vcm-mark">{}</mark>', text[first:last]),
            )
            start = last
    return mark_safe("".join(parts) + escape(text[start:end]))  # noqa: S308 - each part is escaped


# Phone numbers


@register.filter
def phone_link(phone: str) -> SafeString:
    """Render the clinic's phone setting: each number in it is a link that calls it."""
    return _with_calls(phone, phone_numbers(phone))


@register.filter
def emergency_links(notice: str, phone: str) -> SafeString:
    """Render the emergency notice: the clinic's phone, emergency numbers and long numbers are links."""
    numbers = [found for found in phone_numbers(notice) if is_for_calling(found, notice, phone)]
    return _with_calls(notice, numbers)


def _with_calls(text: str, numbers: Iterable[PhoneNumber]) -> SafeString:
    parts: list[str] = []
    position = 0
    for found in numbers:
        parts += (
            escape(text[position : found.start]),
            format_html(
                '<a class="vcm-phone" href="{}"><bdi>{}</bdi></a>',
                found.address,
                text[found.start : found.end],
            ),
        )
        position = found.end
    return mark_safe("".join(parts) + escape(text[position:]))  # noqa: S308 - each part is escaped


@register.filter
def with_phone(text: str, phone: str) -> SafeString:
    """Return a text, escaped, with the clinic's phone number as a link wherever it occurs.

    Within a longer number it does not occur: that is the number of somebody else.
    """
    if not phone:
        return conditional_escape(text)
    alone = rf"(?<!\d)(?<!\d[\s.\-/()])(?<!\+){re.escape(phone)}(?![.\-/]?\d)"
    return format_html_join(phone_link(phone), "{}", ((part,) for part in re.split(alone, str(text))))
