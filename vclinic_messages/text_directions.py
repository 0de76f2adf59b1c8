"""Characters that change the direction of a text."""

from __future__ import annotations

#: LEFT-TO-RIGHT OVERRIDE and RIGHT-TO-LEFT OVERRIDE. They show the letters after them in a forced order, so a
#: name can look like another one. Scripts that are written from right to left do not need them.
_OVERRIDES = dict.fromkeys((0x202D, 0x202E))


def without_overrides(text: str) -> str:
    """Return the text without the characters that turn letters round."""
    return text.translate(_OVERRIDES)
