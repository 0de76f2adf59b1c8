"""The rows of the reference that docstrings and comments of the code tell."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from django.core.checks import Tags
from django.core.checks.registry import registry
from django.dispatch import Signal

from vclinic_messages import signals
from vclinic_messages.api.error_responses import CODES
from vclinic_messages.errors import MessagesError
from vclinic_messages.live.asgi import REFUSALS
from vclinic_messages.templatetags.vclinic_messages import register

#: Where a page says more.
SEE = {
    "W034": "[Many servers](../how-to/many-servers.md#new-clinics)",
    "draft_conflict": "[Drafts](api.md#drafts)",
    "invalid": "[Codes of fields](#codes-of-fields)",
    "reminder_due": "[Text messages and push](../how-to/reminders.md#text-messages-and-push)",
    "unavailable": "[Outages](python.md#outages)",
}

#: A line of a check's docstring, and those that continue it.
_ID = re.compile(r"^([EW]\d{3}): (.+(?:\n(?![EW]\d{3}: ).+)*)", re.MULTILINE)
#: A signal, and the comment above it.
_SIGNAL = re.compile(r"((?:^#: .+\n)+)^(\w+) = Signal\(\)", re.MULTILINE)


def checks() -> list[tuple[str, str, str]]:
    """Return the id of each system check, what it means, and whether it needs the database."""
    rows = [
        (name, _markdown(meaning), "yes" if Tags.database in check.tags else "")
        for check in registry.registered_checks
        if check.__module__.startswith("vclinic_messages.")
        for name, meaning in _ID.findall(inspect.cleandoc(check.__doc__))
    ]
    rows.sort(key=lambda row: row[0][1:])
    return [(f"`vclinic_messages.{name}`", meaning + _see(name), needs) for name, meaning, needs in rows]


def errors() -> Iterator[tuple[str, str, str]]:
    """Give each code of an error, its status, and when it is the answer."""
    statuses: dict[str, set[int]] = {}
    sentences: dict[str, list[str]] = {}
    for code, status, when in _refusals():
        statuses.setdefault(code, set()).add(status)
        sentences.setdefault(code, []).append(_markdown(when))
    for code, found in statuses.items():
        when = " ".join(filter(None, sentences[code]))
        yield f"`{code}`", " or ".join(map(str, sorted(found))), when + _see(code)


def _refusals() -> Iterator[tuple[str, int, str]]:
    for error in MessagesError.__subclasses__():
        yield error.code, error.status, inspect.cleandoc(error.__doc__)
    for kind, code, when in CODES:
        yield code, kind.status_code, when
    for code, (status, detail) in REFUSALS.items():
        yield code, status, f"From the stream: {detail[0].lower()}{detail[1:]}"


def sent_signals() -> Iterator[tuple[str, str, str, str]]:
    """Give each signal, when it is sent, its sender and its arguments."""
    comments = {name: text for text, name in _SIGNAL.findall(Path(signals.__file__).read_text())}
    for name, value in vars(signals).items():
        if isinstance(value, Signal):
            text = _markdown(comments[name].replace("#: ", ""))
            sent, sender, arguments = re.split(r" (?:Sender|Arguments): ", text)
            yield f"`{name}`", sent + _see(name), sender.rstrip("."), arguments.rstrip(".")


def template_tags() -> Iterator[tuple[str, str]]:
    """Give each template tag with its arguments, and what it renders."""
    for name, tag in register.tags.items():
        _context, *parameters = inspect.signature(tag).parameters.values()
        usage = " ".join([name, *(f'{each.name}="{each.default}"' for each in parameters)])
        yield f"`{usage}`", _markdown(tag.__doc__).removeprefix("Render ")


def _markdown(text: str) -> str:
    return " ".join(text.split()).replace("``", "`")


def _see(name: str) -> str:
    return f" See {SEE[name]}." if name in SEE else ""
