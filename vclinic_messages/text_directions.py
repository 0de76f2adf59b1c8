"""Characters that change the direction of a text."""

from __future__ import annotations

#: Overrides, embeddings and isolates. An override shows the letters after it in a forced order, so a name can
#: look like another one. An embedding or isolate that is not ended turns round what follows the name, in a
#: title or a spreadsheet. Scripts that are written from right to left need none of them.
_OVERRIDES = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def without_overrides(text: str) -> str:
    """Return the text without the characters that turn letters round."""
    return text.translate(_OVERRIDES)
