"""Conditions that a searchable text contains a word of a search, in the ORM and in SQL."""

from __future__ import annotations

from django.db.models import Q

from vclinic_messages.search.folding import SearchWord


def contains(field: str, word: SearchWord) -> Q:
    """Return the condition that this field, a searchable text, contains the word."""
    condition = Q()
    for parts in word.alternatives:
        every = Q()
        for part in parts:
            every &= Q(**{f"{field}__contains": part})
        condition |= every
    return condition


class ContainsSql:
    """The same condition as SQL. ``values`` are its parameters; their names begin with ``name``."""

    def __init__(self, word: SearchWord, name: str) -> None:
        # Folded words have no percent signs, underscores or backslashes, which LIKE would interpret.
        self._alternatives = [
            {f"{name}_{index}_{number}": f"%{part}%" for number, part in enumerate(parts)}
            for index, parts in enumerate(word.alternatives)
        ]
        self.values = {name: part for parts in self._alternatives for name, part in parts.items()}

    def sql(self, column: str) -> str:
        """Return the condition for this column."""
        alternatives = (
            " AND ".join(f"{column} LIKE %({name})s" for name in parts) for parts in self._alternatives
        )
        return f"({' OR '.join(alternatives)})"
