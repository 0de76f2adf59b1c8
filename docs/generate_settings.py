"""Write the page "Settings" from ``vclinic_messages/conf.py``: ``python -m docs.generate_settings``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vclinic_messages.conf import AppSettings, BaseUrl, LiveSettings, Option, Settings

PAGE = Path(__file__).parent / "reference" / "settings.md"

INTRODUCTION = """\
<!-- Generated from vclinic_messages/conf.py by `python -m docs.generate_settings`. Do not edit. -->

# Settings

Set one dictionary, `VCLINIC_MESSAGES`. Every key is optional. An unknown key, or a value of the wrong type,
is reported by the [system checks](checks.md). Each value is read when it is used.

"""

#: Where a page says more about a key.
SEE = {
    "COLOR_SCHEME": "[Change the look](../how-to/restyle.md)",
    "DIRECTORY": "[Map people and roles](../how-to/directory.md)",
    "PROTECTIONS": "[What isolates clinics](../explanation/isolation.md)",
    "REMINDER_BASE_URL": "[Send reminders](../how-to/reminders.md)",
    "NOTIFY": "[Deliver notifications instantly](../how-to/notifications.md#many-messages-a-second)",
}


def settings_page() -> str:
    """Return the text of the page, in Markdown."""
    return f"{INTRODUCTION}{_table(AppSettings)}\n## `LIVE`\n\n{_table(LiveSettings)}"


def _table(group: type[Settings]) -> str:
    rows = "".join(f"{_row(option)}\n" for option in group.options().values())
    return f"| key | default | values | meaning |\n|---|---|---|---|\n{rows}"


def _row(option: Option[Any]) -> str:
    meaning = option.meaning
    if option.name in SEE:
        meaning += f" See {SEE[option.name]}."
    return f"| `{option.name}` | `{_literal(option.default)}` | {_values(option)} | {meaning} |"


def _values(option: Option[Any]) -> str:
    if isinstance(option, BaseUrl):
        return "string or function"
    if option.choices:
        return ", ".join(f"`{_literal(choice)}`" for choice in option.choices)
    if option.minimum is not None:
        return f"integer, at least {option.minimum}"
    return {str: "string", bool: "`True`, `False`", dict: "dictionary"}[type(option.default)]


def _literal(value: object) -> str:
    """Return a Python literal with double quotes, as in the other pages."""
    return repr(value).replace("'", '"')


if __name__ == "__main__":
    PAGE.write_text(settings_page())
