"""Change single settings of Messages in a test."""

from __future__ import annotations

from typing import Any


def set_options(settings: Any, **values: Any) -> None:
    """Set keys of VCLINIC_MESSAGES and leave the others as they are."""
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, **values}


def set_live_options(settings: Any, **values: Any) -> None:
    """Set keys of VCLINIC_MESSAGES["LIVE"]; the others have their defaults."""
    set_options(settings, LIVE=values)
