"""Are the settings of Messages, and Django's that it depends on, valid?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from vclinic_messages.conf import AppSettings, LiveSettings, Settings, app_settings
from vclinic_messages.models import Role


@register("vclinic_messages")
def check_dictionary(**kwargs: object) -> list[CheckMessage]:
    """Check that every key is known and has a value of the right type.

    E001: ``VCLINIC_MESSAGES`` is not a dictionary.
    E002: A key is not known. The hint names the nearest one.
    E003: A value has the wrong type, or is not one of the possible values.
    """
    value = getattr(settings, "VCLINIC_MESSAGES", {})
    if not isinstance(value, dict):
        hint = "See the page Settings of the documentation."
        return [Error("VCLINIC_MESSAGES must be a dictionary.", hint=hint, id="vclinic_messages.E001")]
    found = list(_check_group("VCLINIC_MESSAGES", value, AppSettings))
    live = value.get("LIVE", {})
    if isinstance(live, dict):
        found += _check_group('VCLINIC_MESSAGES["LIVE"]', live, LiveSettings)
    return found


def _check_group(where: str, values: dict[object, object], group: type[Settings]) -> Iterator[CheckMessage]:
    options = group.options()
    for key, value in values.items():
        option = options.get(str(key))
        if option is None:
            near = difflib.get_close_matches(str(key).upper(), options, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(options)}."
            yield Error(f"{where} has an unknown key {key!r}.", hint=hint, id="vclinic_messages.E002")
        elif problem := option.problem(value):
            yield Error(f"{where}[{key!r}] {problem}.", hint=option.meaning, id="vclinic_messages.E003")


@register("vclinic_messages")
def check_groups(**kwargs: object) -> list[CheckMessage]:
    """E004: ``GROUPS`` does not name one group for each role."""
    groups = app_settings.GROUPS
    roles = set(Role.values)
    if not set(groups) - roles and len(set(groups.values())) == len(roles):
        return []
    message = 'VCLINIC_MESSAGES["GROUPS"] does not name one group for each role.'
    hint = f"Give each of {', '.join(sorted(roles))} its own Django group."
    return [Error(message, hint=hint, id="vclinic_messages.E004")]


@register("vclinic_messages")
def check_time_zones(**kwargs: object) -> list[CheckMessage]:
    """E030: ``USE_TZ`` is off.

    Times need a time zone, so that they can be shown in the clinic's.
    """
    if settings.USE_TZ:
        return []
    hint = "Set USE_TZ = True: Messages shows times in the current time zone and cannot use naive ones."
    return [Error("USE_TZ must be on.", hint=hint, id="vclinic_messages.E030")]
