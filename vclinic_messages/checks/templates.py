"""Can the pages and the template tags be rendered?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from vclinic_messages.conf import app_settings

REQUEST_PROCESSOR = "django.template.context_processors.request"


@register("vclinic_messages")
def check_templates(**kwargs: object) -> list[CheckMessage]:
    """Check that the base template exists, and that templates have the request in their context.

    E009: The base template does not exist.
    W010: Templates have no access to the request, so the template tags render nothing.
    """
    found: list[CheckMessage] = []
    name = app_settings.BASE_TEMPLATE
    try:
        get_template(name)
    except TemplateDoesNotExist:
        message = f"The base template {name!r} does not exist."
        hint = 'Name the template that your pages extend in VCLINIC_MESSAGES["BASE_TEMPLATE"].'
        found.append(Error(message, hint=hint, id="vclinic_messages.E009"))
    if not any(REQUEST_PROCESSOR in _processors(engine) for engine in settings.TEMPLATES):
        message = "Templates do not have the request in their context."
        hint = f"Add {REQUEST_PROCESSOR!r} to the context processors, or the template tags render nothing."
        found.append(Warning(message, hint=hint, id="vclinic_messages.W010"))
    return found


def _processors(engine: Mapping[str, Any]) -> Sequence[str]:
    processors: Sequence[str] = engine.get("OPTIONS", {}).get("context_processors", ())
    return processors
