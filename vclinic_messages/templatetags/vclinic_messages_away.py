"""Template tags for who is away and when the clinic is closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from django.template import Library
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from vclinic_messages.models import MessagesSettings, Period
from vclinic_messages.selectors import Away
from vclinic_messages.times import day_in_sentence, read_again, short_day

register = Library()


@register.filter
def away_of(absences: Mapping[str, Away], person_id: str) -> Away | None:
    """Return the absence of today of the person or team with this id."""
    return absences.get(person_id)


@register.filter
def is_on(period: Period | None, day: date) -> bool:
    """Return whether this is a day of the absence."""
    return period is not None and period.includes(day)


@register.filter
def is_planned(period: Period | None, day: date) -> bool:
    """Return whether the absence begins later."""
    return period is not None and period.first_day > day


@register.filter
def back_on(away: Away | None, settings: MessagesSettings) -> date | None:
    """Return the day on which messages are read again, as patients see it; None if nobody knows it.

    It is a day on which the clinic opens.
    """
    until = away.until if away else None
    return until if until is None or settings.hours is None else settings.hours.first_open_day(until)


@register.filter
def long_day(day: date, settings: MessagesSettings) -> SafeString:
    """Render a day for a sentence, such as "December 3"."""
    return _time(day, day_in_sentence(day, settings.today))


@register.filter
def chip_day(day: date, settings: MessagesSettings) -> SafeString:
    """Render a day for a chip, such as "Dec 3"."""
    return _time(day, short_day(day, settings.today))


@register.simple_tag
def away_said(name: str, away: Away | None, settings: MessagesSettings) -> str:
    """Return what is said of a chosen recipient who is away; empty for one who is not."""
    if away is None:
        return ""
    day = back_on(away, settings)
    if day is None:
        return gettext("%(name)s is away.") % {"name": name}
    shown = day_in_sentence(day, settings.today)
    return gettext("%(name)s is away until %(day)s.") % {"name": name, "day": shown}


@register.simple_tag
def away_in_option(away: Away | None, settings: MessagesSettings) -> str:
    """Return what a name in a list of options is followed by; empty for somebody who is not away."""
    if away is None:
        return ""
    day = back_on(away, settings)
    if day is None:
        return f" · {pgettext('vclinic_messages', 'Away')}"
    return f" · {gettext('Away until %(day)s') % {'day': short_day(day, settings.today)}}"


@register.simple_tag
def closed_sentence(settings: MessagesSettings) -> str:
    """Return when messages are read again; empty while the clinic is open, and without opening hours."""
    now = timezone.now()
    if settings.hours is None or settings.hours.is_open(now):
        return ""
    opens = settings.hours.next_change(now)
    return read_again(opens and opens.astimezone(settings.zone), now.astimezone(settings.zone))


@register.simple_tag
def present_until(settings: MessagesSettings) -> str:
    """Return until when a page is right about who is away and whether the clinic is open."""
    tomorrow = datetime.combine(settings.today + timedelta(days=1), time(), tzinfo=settings.zone)
    changes = settings.hours.next_change(timezone.now()) if settings.hours else None
    return min(tomorrow, changes or tomorrow).isoformat()


def _time(day: date, shown: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), shown)
