"""Does the directory fit the portal's users, and are roles separate for each clinic?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db.models import Count, Model, Q, QuerySet
from django.utils.module_loading import import_string

from vclinic_messages.checks.schemas import first_names, migrated_schemas
from vclinic_messages.conf import app_settings
from vclinic_messages.directory import ClinicDirectory, GroupDirectory, get_directory
from vclinic_messages.directory.groups import missing_groups, reads_groups
from vclinic_messages.search.people import matching_users
from vclinic_messages.tenancy import is_shared, schema_context, template_schema

_DIRECTORY_HINT = "Name a subclass of vclinic_messages.directory.ClinicDirectory by its dotted path."


@register("vclinic_messages")
def check_directory(**kwargs: object) -> list[CheckMessage]:
    """E005: ``DIRECTORY`` cannot be imported, is not a subclass of ``ClinicDirectory``, or lacks a method."""
    path = app_settings.DIRECTORY
    try:
        directory = import_string(path)
    except ImportError as error:
        message = f'VCLINIC_MESSAGES["DIRECTORY"] cannot be imported: {error}'
        return [Error(message, hint=_DIRECTORY_HINT, id="vclinic_messages.E005")]
    if not (isinstance(directory, type) and issubclass(directory, ClinicDirectory)):
        message = f"{path} is not a subclass of ClinicDirectory."
    elif missing := sorted(directory.__abstractmethods__):
        message = f"{path} lacks methods of ClinicDirectory: {', '.join(missing)}."
    else:
        return []
    return [Error(message, hint=_DIRECTORY_HINT, id="vclinic_messages.E005")]


@register("vclinic_messages")
def check_directory_fields(**kwargs: object) -> list[CheckMessage]:
    """Check that the fields which a GroupDirectory names exist.

    E031: ``name_fields``, ``search_fields`` or ``select_related`` of the directory do not fit the user model.
    """
    directory = None if check_directory() else get_directory()
    if not isinstance(directory, GroupDirectory) or _membership_model() is None:
        return []
    users = get_user_model()._default_manager
    queries: dict[str, Callable[[], QuerySet[Model, object]]] = {
        "name_fields": lambda: users.order_by(*directory.sorted_fields()),
        "search_fields": lambda: matching_users(("pk", *directory.search_fields), "a"),
        "select_related": lambda: users.select_related(*directory.select_related),
    }
    found: list[CheckMessage] = []
    for name, build in queries.items():
        try:
            str(build().query)
        except (FieldError, FieldDoesNotExist, AttributeError) as error:
            message = f"{app_settings.DIRECTORY}.{name} does not fit the user model: {error}"
            hint = "Name text columns; for select_related, name relations."
            found.append(Error(message, hint=hint, id="vclinic_messages.E031"))
    return found


@register("vclinic_messages")
def check_memberships(**kwargs: object) -> list[CheckMessage]:
    """Check that roles are read from groups, and that each clinic has its own.

    W028: Users and their groups are shared in ``public``, and ``GroupDirectory`` reads roles from those
    groups. A role in one clinic would apply in all.
    E029: ``DIRECTORY`` reads roles from groups, but the user model has none (no ``PermissionsMixin``). Name a
    directory of your own.
    """
    if check_directory() or not reads_groups():
        return []
    membership = _membership_model()
    if membership is None:
        message = f"{app_settings.DIRECTORY} reads roles from groups, and the user model has none."
        hint = 'Name your own directory in VCLINIC_MESSAGES["DIRECTORY"].'
        return [Error(message, hint=hint, id="vclinic_messages.E029")]
    if not is_shared(membership):
        return []
    message = "Users and their groups are shared: a role is valid in every clinic."
    hint = "Write your own directory. Let role, describe and recipients depend on who belongs to the clinic."
    return [Warning(message, hint=hint, id="vclinic_messages.W028")]


@register("vclinic_messages")
def check_administrators(**kwargs: object) -> list[CheckMessage]:
    """Check that the directory says who administers which clinic.

    E032: Clinics share their users in ``public``, and the directory does not override ``may_administer``.
    Until it does, nobody sees the reports, exports and settings of Messages in the Wagtail admin.
    """
    if check_directory() or not is_shared(get_user_model()):
        return []
    if type(get_directory()).may_administer is not ClinicDirectory.may_administer:
        return []
    message = "Users and their permissions are shared: nobody can see Messages in the Wagtail admin."
    hint = f"Override may_administer in {app_settings.DIRECTORY}. Let it depend on who belongs to the clinic."
    return [Error(message, hint=hint, id="vclinic_messages.E032")]


@register(Tags.database)
def check_two_roles(databases: Iterable[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Check that nobody has two roles.

    W014: Some people are in several of the groups. They count as the first role of patient, doctor, admin.
    """
    if not databases or check_directory() or _membership_model() is None:
        return []
    if not isinstance(get_directory(), GroupDirectory):
        return []
    counts = {schema: count for schema in migrated_schemas() if (count := _people_in_several_groups(schema))}
    if not counts:
        return []
    named = first_names([f"{schema!r} {count}" for schema, count in counts.items()])
    message = f"People in more than one of the groups in GROUPS, by clinic: {named}."
    hint = "Remove them from all but one. Until then they have the first role of patient, doctor, admin."
    return [Warning(message, hint=hint, id="vclinic_messages.W014")]


@register(Tags.database)
def check_missing_groups(databases: Iterable[str] | None = None, **kwargs: object) -> list[CheckMessage]:
    """Check that every clinic has the groups that give people their roles. A missing one may be a typo.

    W044: Clinics lack a group that ``GROUPS`` names, so nobody has its role. ``messages_create_groups`` makes
    it.
    """
    if not databases or check_directory() or not reads_groups() or _membership_model() is None:
        return []
    clinics: dict[str, list[str]] = {}
    for schema in migrated_schemas():
        if schema == template_schema():
            continue
        with schema_context(schema):
            if missing := missing_groups():
                clinics.setdefault(", ".join(map(repr, missing)), []).append(repr(schema))
    hint = 'Run manage.py messages_create_groups, or correct VCLINIC_MESSAGES["GROUPS"].'
    return [
        Warning(
            f"Groups do not exist, so nobody has their roles: {missing}. Clinics: {first_names(schemas)}.",
            hint=hint,
            id="vclinic_messages.W044",
        )
        for missing, schemas in clinics.items()
    ]


def _people_in_several_groups(schema: str) -> int:
    groups = Count("groups", filter=Q(groups__name__in=app_settings.GROUPS.values()))
    with schema_context(schema):
        users = get_user_model()._default_manager.annotate(group_count=groups)
        return users.filter(group_count__gt=1).count()


def _membership_model() -> type[Model] | None:
    """Return the model of who is in which group; None for a user model without PermissionsMixin."""
    try:
        groups = get_user_model()._meta.get_field("groups")
    except FieldDoesNotExist:
        return None
    return getattr(groups.remote_field, "through", None)
