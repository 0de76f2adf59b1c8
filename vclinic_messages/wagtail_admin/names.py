"""Render people's names for the clinic admin, each isolated from the direction of the text around it."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from vclinic_messages.languages import comma
from vclinic_messages.selectors.namesakes import KnownPerson


def isolated(text: object) -> SafeString:
    """Render a text so that it does not change the direction of what is around it."""
    return format_html("<bdi>{}</bdi>", text)


def people_names(people: Iterable[KnownPerson]) -> SafeString:
    """Render people with what tells them apart from namesakes, each part isolated."""
    return format_html_join(", ", "{}", ((_person(each),) for each in people))


def plain_names(people: Iterable[KnownPerson]) -> str:
    """Return the same for a spreadsheet."""
    return comma().join(map(str, people))


def _person(person: KnownPerson) -> SafeString:
    name = isolated(person.name)
    details = [isolated(part) for part in (person.present_name, person.known_as) if part]
    return (
        format_html("{} ({})", name, format_html_join("; ", "{}", ((each,) for each in details)))
        if details
        else name
    )
