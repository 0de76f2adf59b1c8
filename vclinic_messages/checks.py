"""System checks: one per mistake that an integrator can make, with what to do about it."""

from __future__ import annotations

import difflib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import DatabaseError, router
from django.db.models import Count, Q, QuerySet
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.module_loading import import_string

from vclinic_messages import protections
from vclinic_messages.conf import AppSettings, Group, LiveSettings, app_settings, live_settings
from vclinic_messages.directory import ClinicDirectory, GroupDirectory, get_directory
from vclinic_messages.models import Message, Role
from vclinic_messages.search.people import matching_users
from vclinic_messages.tenancy import (
    clinic_schema,
    clinic_schemas,
    database,
    get_public_schema_name,
    schema_context,
)

NEEDED_APPS = ("django_htmx", "django_tenants", "rest_framework", "wagtail.contrib.settings")
#: How many clinics a message names.
NAMED = 20
REQUEST_PROCESSOR = "django.template.context_processors.request"


def check_dictionary(**kwargs: Any) -> list[CheckMessage]:
    """E001 to E003: the settings dictionary and the one inside it."""
    value = getattr(settings, "VCLINIC_MESSAGES", {})
    if not isinstance(value, dict):
        return [_error(1, "VCLINIC_MESSAGES must be a dictionary.", "See the reference of settings.")]
    found = list(_check_group("VCLINIC_MESSAGES", value, AppSettings))
    live = value.get("LIVE", {})
    if isinstance(live, dict):
        found += _check_group('VCLINIC_MESSAGES["LIVE"]', live, LiveSettings)
    return found


def _check_group(where: str, value: dict[str, Any], group: type[Group]) -> Iterator[CheckMessage]:
    options = {option.name: option for option in group.options()}
    for key, given in value.items():
        if key not in options:
            near = difflib.get_close_matches(str(key).upper(), options, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(options)}."
            yield _error(2, f"{where} has an unknown key {key!r}.", hint)
        elif problem := options[key].problem(given):
            yield _error(3, f"{where}[{key!r}] {problem}.", options[key].__doc__ or "")


def check_groups(**kwargs: Any) -> list[CheckMessage]:
    """E004: the groups of GroupDirectory name each role once."""
    groups = app_settings.GROUPS
    roles = set(Role.values)
    if set(groups) - roles or len(set(groups.values())) < len(roles):
        hint = f"Give each of {', '.join(sorted(roles))} a Django group of its own."
        return [_error(4, 'VCLINIC_MESSAGES["GROUPS"] does not name one group for each role.', hint)]
    return []


def check_directory(**kwargs: Any) -> list[CheckMessage]:
    """E005: the directory can be imported and is one."""
    path = app_settings.DIRECTORY
    try:
        directory = import_string(path)
    except ImportError as error:
        return [_error(5, f'VCLINIC_MESSAGES["DIRECTORY"] cannot be imported: {error}', _DIRECTORY_HINT)]
    if not (isinstance(directory, type) and issubclass(directory, ClinicDirectory)):
        return [_error(5, f"{path} is not a subclass of ClinicDirectory.", _DIRECTORY_HINT)]
    return []


def check_directory_fields(**kwargs: Any) -> list[CheckMessage]:
    """E031: what GroupDirectory is told of the user model is there."""
    directory = None if check_directory() else get_directory()
    if not isinstance(directory, GroupDirectory) or _membership() is None:
        return []
    users = get_user_model()._default_manager
    questions: dict[str, Callable[[], QuerySet[Any]]] = {
        "name_fields": lambda: users.order_by(*directory.sorted_fields()),
        "search_fields": lambda: matching_users(("pk", *directory.search_fields), "a"),
        "select_related": lambda: users.select_related(*directory.select_related),
    }
    found = []
    for name, question in questions.items():
        try:
            str(question().query)
        except (FieldError, FieldDoesNotExist, AttributeError) as error:
            message = f"{app_settings.DIRECTORY}.{name} does not fit the user model: {error}"
            found.append(_error(31, message, "Name columns of text, or relations for select_related."))
    return found


_DIRECTORY_HINT = "Name a subclass of vclinic_messages.directory.ClinicDirectory by its dotted path."


def check_memberships(**kwargs: Any) -> list[CheckMessage]:
    """W028 and E029: roles are read from groups, which each clinic has for itself."""
    if check_directory() or type(get_directory()).role is not GroupDirectory.role:
        return []
    membership = _membership()
    if membership is None:
        message = f"{app_settings.DIRECTORY} reads roles from groups, and the user model has none."
        return [_error(29, message, 'Name a directory of your own in VCLINIC_MESSAGES["DIRECTORY"].')]
    if not _is_shared(membership._meta.app_config.name):
        return []
    hint = "Answer role, describe and recipients from who belongs to the clinic, in a directory of your own."
    return [_warning(28, "Users and their groups are shared: a role holds in every clinic.", hint)]


def _membership() -> Any:
    """The table of who is in which group; None for a user model without PermissionsMixin."""
    try:
        groups: Any = get_user_model()._meta.get_field("groups")
    except FieldDoesNotExist:
        return None
    return getattr(groups.remote_field, "through", None)


def _is_shared(app: str) -> bool:
    """Whether the app's tables stand in the public schema only."""
    return app in _apps_in("SHARED_APPS") - _apps_in("TENANT_APPS")


def _apps_in(setting: str) -> set[str]:
    """The names of apps that stand there by name or by the path of their AppConfig."""
    return {AppConfig.create(entry).name for entry in getattr(settings, setting, ())}


def check_apps(**kwargs: Any) -> list[CheckMessage]:
    """E006 and E007: what must be installed, and where the clinics' tables belong."""
    missing = [name for name in NEEDED_APPS if not apps.is_installed(name)]
    found = [_error(6, f"{name} is not in INSTALLED_APPS.", "Add it: Messages uses it.") for name in missing]
    if "vclinic_messages" in _apps_in("SHARED_APPS"):
        hint = "Move it to TENANT_APPS: a table in public would be used by every clinic that lacks its own."
        found.append(_error(7, "vclinic_messages stands in SHARED_APPS.", hint))
    return found


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """E008: the clinic is chosen before anything reads its tables."""
    first = next(iter(settings.MIDDLEWARE), None)
    if first is not None and _is_tenant_middleware(first):
        return []
    hint = "Put django_tenants.middleware.main.TenantMainMiddleware (or your subclass) before all others."
    return [_error(8, "The first middleware does not choose the clinic.", hint)]


def _is_tenant_middleware(path: str) -> bool:
    try:
        middleware = import_string(path)
    except ImportError:
        return False
    bases: Iterable[type] = getattr(middleware, "__mro__", ())
    return any(base.__module__.startswith("django_tenants.middleware") for base in bases)


def check_templates(**kwargs: Any) -> list[CheckMessage]:
    """E009 and W010: the portal's base template, and the request in its templates."""
    found: list[CheckMessage] = []
    name = app_settings.BASE_TEMPLATE
    try:
        get_template(name)
    except TemplateDoesNotExist:
        hint = 'Name the template that your pages extend in VCLINIC_MESSAGES["BASE_TEMPLATE"].'
        found.append(_error(9, f"The base template {name!r} does not exist.", hint))
    if not any(REQUEST_PROCESSOR in _processors(engine) for engine in settings.TEMPLATES):
        hint = f"Add {REQUEST_PROCESSOR!r} to the context processors, or the template tags render nothing."
        found.append(_warning(10, "Templates do not hold the request.", hint))
    return found


def _processors(engine: dict[str, Any]) -> Iterable[str]:
    processors: Iterable[str] = engine.get("OPTIONS", {}).get("context_processors", ())
    return processors


def check_urls(**kwargs: Any) -> list[CheckMessage]:
    """W011 and W012: the addresses are included, and nothing before them takes them."""
    found: list[CheckMessage] = []
    for name in ("vclinic_messages:inbox", "vclinic_messages_api:live_state"):
        try:
            path = reverse(name)
        except NoReverseMatch:
            hint = 'Add path("messages/", include("vclinic_messages.urls")) to the clinics\' URLconf.'
            found.append(_warning(11, f"The address {name!r} is not included.", hint))
            continue
        if _view_name(path) != name:
            hint = "Include vclinic_messages.urls before patterns that take every path, such as Wagtail's."
            found.append(_warning(12, f"{path} leads to another view than {name!r}.", hint))
    return found


def _view_name(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def check_sessions(**kwargs: Any) -> list[CheckMessage]:
    """W013: polling would extend sliding sessions, where nothing can be done about it."""
    signed = settings.SESSION_ENGINE == "django.contrib.sessions.backends.signed_cookies"
    if settings.SESSION_SAVE_EVERY_REQUEST and signed:
        hint = "Use another SESSION_ENGINE, or switch the notifications off by LIVE's MODE."
        return [_warning(13, "An open page keeps its reader signed in for ever.", hint)]
    return []


def check_time_zones(**kwargs: Any) -> list[CheckMessage]:
    """E030: a time that knows no zone cannot be shown in the clinic's."""
    if settings.USE_TZ:
        return []
    hint = "Set USE_TZ = True: Messages shows each time in the time zone at hand, and refuses naive ones."
    return [_error(30, "USE_TZ must be on.", hint)]


def check_live(**kwargs: Any) -> list[CheckMessage]:
    """E015 and E016: what would silence the streams."""
    found: list[CheckMessage] = []
    if live_settings.BACKEND == "redis" and importlib.util.find_spec("redis") is None:
        hint = 'Install the extra: pip install "vclinic-messages[redis]".'
        found.append(_error(15, "The redis backend lacks its library.", hint))
    address = live_settings.STREAM_URL
    if address and not (address.startswith("/") or urlsplit(address).scheme in ("http", "https")):
        hint = "Give an absolute address (https://…), or a path that begins with a slash."
        found.append(_error(16, f"STREAM_URL {address!r} is no address.", hint))
    return found


def check_two_roles(databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """W014 (tag ``database``): people in two of the groups, who count as the first of their roles."""
    if not databases or not isinstance(get_directory(), GroupDirectory) or _membership() is None:
        return []
    hint = "Take them out of all but one: until then they have the first role of patient, doctor, admin."
    counts = {schema: count for schema in _schemas() if (count := _people_in_several_groups(schema))}
    if not counts:
        return []
    named = _first([f"{schema!r} {count}" for schema, count in counts.items()])
    return [_warning(14, f"People in several groups of Messages, by clinic: {named}.", hint)]


def check_protections(databases: Iterable[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """W020 to W023 (tag ``database``): where the database itself does not keep clinics apart.

    Warnings, because an error would stop the ``migrate`` that puts things right.
    """
    if not databases:
        return []
    if app_settings.PROTECTIONS == protections.OFF:
        return [_warning(22, 'PROTECTIONS is "off": only the search path keeps clinics apart.', _OFF_HINT)]
    state = f'PROTECTIONS is "{app_settings.PROTECTIONS}"'
    found: list[CheckMessage] = []
    for gaps, schemas in _clinics_by_gaps().items():
        which = f"Clinic {schemas[0]!r} is" if len(schemas) == 1 else f"{len(schemas)} clinics are"
        names = "" if len(schemas) == 1 else f" Clinics: {_first([repr(each) for each in schemas])}."
        message = f"{which} not protected ({state}): {gaps}.{names}"
        found.append(_warning(20, message, "Run manage.py messages_isolation --apply."))
    if protections.role_passes_policies():
        message = f"The application connects as superuser or BYPASSRLS: no clinic is protected ({state})."
        found.append(_warning(21, message, _ROLE_HINT))
    return found + _strays()


_OFF_HINT = 'Leave it at "required" wherever the database is PostgreSQL itself.'
_ROLE_HINT = "Connect as a role that is neither: PostgreSQL applies no row-level security to those two."


def _clinics_by_gaps() -> dict[str, list[str]]:
    """What is missing, and where: a copying that went wrong did so in many clinics in the same way."""
    found: dict[str, list[str]] = {}
    for schema in _schemas():
        with schema_context(schema):
            gaps = "; ".join(protections.gaps())
        if gaps:
            found.setdefault(gaps, []).append(schema)
    return found


def _first(names: list[str]) -> str:
    """The first of them, and how many more there are."""
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _strays() -> list[CheckMessage]:
    with schema_context(get_public_schema_name()):
        names = [table.name for table in protections.tables()]
    if not names:
        return []
    hint = "Remove them: a clinic that lacks its own would use them."
    return [_warning(23, f"The public schema holds tables of Messages: {', '.join(names)}.", hint)]


def check_routing(**kwargs: Any) -> list[CheckMessage]:
    """E024: Messages is read and written where django-tenants chooses the clinic."""
    expected = database().alias
    aliases = {router.db_for_read(Message), router.db_for_write(Message)}
    if aliases == {expected}:
        return []
    others = ", ".join(sorted(aliases - {expected}))
    hint = f"Leave vclinic_messages on {expected!r}: no other connection is switched to the clinic."
    return [_error(24, f"DATABASE_ROUTERS send Messages to {others}.", hint)]


def check_shared_sessions(**kwargs: Any) -> list[CheckMessage]:
    """W025 to W027: a session, or what is cached, that holds in more than one clinic."""
    found: list[CheckMessage] = []
    if hint := _hint_on_sessions():
        found.append(_warning(25, "A session of one clinic is valid in every other.", hint))
    for name, cache in settings.CACHES.items():
        if "KEY_FUNCTION" not in cache and not cache["BACKEND"].endswith("DummyCache"):
            hint = "Set KEY_FUNCTION to django_tenants.cache.make_key."
            found.append(_warning(26, f"The cache {name!r} gives one clinic what another stored.", hint))
    if settings.SESSION_COOKIE_DOMAIN:
        hint = "Leave it unset: the cookie then stays with the clinic's own host."
        found.append(_warning(27, "SESSION_COOKIE_DOMAIN sends a session to every clinic.", hint))
    return found


def _hint_on_sessions() -> str | None:
    """What to do about sessions that hold in every clinic; None where they do not."""
    engine = settings.SESSION_ENGINE.rpartition(".")[2]
    if engine in ("db", "cached_db") and _is_shared("django.contrib.sessions") and not _users_are_shared():
        return "Move django.contrib.sessions to TENANT_APPS."
    is_kept_apart = "KEY_FUNCTION" in settings.CACHES.get(settings.SESSION_CACHE_ALIAS, {})
    if engine == "signed_cookies" or (engine in ("cache", "cached_db") and not is_kept_apart):
        return "Use sessions in the database, or a cache with KEY_FUNCTION django_tenants.cache.make_key."
    return None


def _users_are_shared() -> bool:
    config: Any = get_user_model()._meta.app_config
    return _is_shared(config.name)


def _schemas() -> list[str]:
    """All clinics; in a migrate, which checks once for each clinic, the one at hand."""
    try:
        here = clinic_schema()
        return [here] if here else clinic_schemas()
    except DatabaseError:  # before the first migrate
        return []


def _people_in_several_groups(schema: str) -> int:
    groups = Count("groups", filter=Q(groups__name__in=app_settings.GROUPS.values()))
    with schema_context(schema):
        return int(get_user_model()._default_manager.annotate(number=groups).filter(number__gt=1).count())


def _error(number: int, message: str, hint: str) -> CheckMessage:
    return Error(message, hint=hint, id=f"vclinic_messages.E{number:03}")


def _warning(number: int, message: str, hint: str) -> CheckMessage:
    return Warning(message, hint=hint, id=f"vclinic_messages.W{number:03}")


CHECKS: list[tuple[Callable[..., list[CheckMessage]], str]] = [
    (check_dictionary, "vclinic_messages"),
    (check_groups, "vclinic_messages"),
    (check_directory, "vclinic_messages"),
    (check_directory_fields, "vclinic_messages"),
    (check_memberships, "vclinic_messages"),
    (check_apps, "vclinic_messages"),
    (check_middleware, "vclinic_messages"),
    (check_templates, "vclinic_messages"),
    (check_urls, Tags.urls),
    (check_sessions, "vclinic_messages"),
    (check_time_zones, "vclinic_messages"),
    (check_live, "vclinic_messages"),
    (check_routing, "vclinic_messages"),
    (check_shared_sessions, "vclinic_messages"),
    (check_two_roles, Tags.database),
    (check_protections, Tags.database),
]


def register_checks() -> None:
    """Called once, by the AppConfig."""
    for check, tag in CHECKS:
        register(check, tag)
