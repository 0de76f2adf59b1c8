"""Template tags of teams: how their members are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.template import Library
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from vclinic_messages.languages import comma
from vclinic_messages.selectors import Writing
from vclinic_messages.templatetags.vclinic_messages_pages import untitled

register = Library()

#: How many of a team's members are named before the others are counted.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class PresenceLine:
    """Who is writing: one name or two, and how many more. After ``seconds`` the next line applies."""

    name: str
    other: str | None
    more: int
    seconds: int


@register.filter
def presence_lines(writing: Sequence[Writing]) -> Iterator[PresenceLine]:
    """Yield a line for all who are writing, then one without the first of them, and so on."""
    passed = 0
    for index, each in enumerate(writing):
        others = [one.name for one in writing[index + 1 :]]
        left = each.seconds_left
        yield PresenceLine(each.name, next(iter(others), None), len(others[1:]), left - passed)
        passed = left


@register.filter
def short_name(name: str, among: Sequence[str]) -> str:
    """Return the first name; the whole name if it does not tell the person from the others in ``among``."""
    first = untitled(name)[:1]
    is_clear = first and all(untitled(other)[:1] != first for other in among if other != name)
    return first[0] if is_clear else name


@register.filter
def in_a_sentence(names: Sequence[str]) -> SafeString:
    """Render names for a sentence, each isolated: "Ruth Adeyemi and Tomasz Bielski"."""
    isolated = [format_html("<bdi>{}</bdi>", name) for name in names]
    if len(isolated) < 2:
        return format_html_join("", "{}", ((each,) for each in isolated))
    first = format_html_join(comma(), "{}", ((each,) for each in isolated[:-1]))
    return format_html(gettext("{first} and {last}"), first=first, last=isolated[-1])


@register.filter
def others_of_many(names: Sequence[str]) -> int:
    """Return how many names ``first_of_many`` leaves out; 0 where all are shown."""
    return max(0, len(names) - _NAMED)


@register.filter
def first_of_many(names: Sequence[str]) -> SafeString:
    """Render the first of many names, each isolated and separated by commas."""
    return format_html_join(comma(), "<bdi>{}</bdi>", ((name,) for name in names[:_NAMED]))
