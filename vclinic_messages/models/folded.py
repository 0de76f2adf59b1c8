"""A column with the searchable form of another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from vclinic_messages.search.folding import searchable_text

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField


class FoldedField(TextField):
    """The searchable form of the field ``of``, filled when a row is created or saved.

    An UPDATE has to set both: see ``folding.searchable_text``.
    """

    def __init__(self, *, of: str, **options: Any) -> None:
        self.of = of
        super().__init__(**{**options, "editable": False})

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """Return the field's arguments for migrations."""
        name, path, args, kwargs = super().deconstruct()
        del kwargs["editable"]
        return name, path, args, {**kwargs, "of": self.of}

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        """Fold the other field."""
        folded = searchable_text(getattr(model_instance, self.of))
        setattr(model_instance, self.attname, folded)
        return folded
