"""The seam to the portal: who is who in this clinic, and who may be written to.

A portal names its own subclass in ``VCLINIC_MESSAGES["DIRECTORY"]``. Default deny: a person for whom
``role`` gives None sees nothing of Messages.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeAlias

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, EmailField, Exists, Func, Model, OuterRef, Q, QuerySet, TextField
from django.utils.module_loading import import_string

from vclinic_messages.conf import app_settings
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.models import Role
from vclinic_messages.search.people import matching_users
from vclinic_messages.tenancy import database, run_in_clinic

#: The portal's user model. A subclass names its own class in its place, which Any allows.
User: TypeAlias = Any


@dataclass(frozen=True, slots=True)
class Person:
    """How a person appears to others. ``id`` is the user's primary key as a string."""

    id: str
    name: str
    role: Role | None
    description: str = ""


class ClinicDirectory(ABC):
    """What a portal tells Messages about its people. Every answer is about the clinic at hand."""

    @abstractmethod
    def role(self, user: User) -> Role | None:
        """The user's role in this clinic. None: not a member, or inactive; sees nothing."""

    @abstractmethod
    def describe(self, users: Iterable[Any]) -> list[Person]:
        """The persons with these primary keys, without those whose account is gone.

        Called once for a page of people, so it must not query per person. A person who is no longer a
        member, or inactive, is described with the role None.
        """

    @abstractmethod
    def recipients(self, user: User, *, role: Role | None = None, search: str = "") -> QuerySet[Any]:
        """The users whom this person may start a conversation with, by name, then key.

        ``role`` keeps those of one role, ``search`` those in whose name (or what describes them) words begin
        with the words of the text. The query set's ``order_by`` takes plain fields of the user, or of what a
        user has one of, and must be total: end it with the primary key.
        """

    def may_message(self, sender: User, recipient: User) -> bool:
        """Whether the sender may start a conversation with the recipient."""
        return self.recipients(sender).filter(pk=recipient.pk).exists()


class GroupDirectory(ClinicDirectory):
    """Reads roles from three Django groups, named in ``VCLINIC_MESSAGES["GROUPS"]``.

    Someone in several of them has the first role of: patient, doctor, admin. A portal with more to say
    about people overrides ``description`` and the attributes below.
    """

    #: Columns of the user by which people are sorted and found. By default ``last_name``, ``first_name`` and
    #: the user name, as far as there are such; an e-mail address only where there is nothing else.
    name_fields: Sequence[str] = ()
    #: Columns of text that ``search`` looks into beside the names, as lookups; see ``words.Words``.
    search_fields: Sequence[str] = ()
    #: Relations that ``name`` and ``description`` need, fetched with the users that are described.
    select_related: Sequence[str] = ()
    prefetch_related: Sequence[str] = ()

    def name(self, user: Any) -> str:
        """What the person is called: the full name, else the user name."""
        return str(user.get_full_name() if hasattr(user, "get_full_name") else "") or str(user.get_username())

    def description(self, user: Any) -> str:
        """What stands beside the role, such as a speciality. Nothing by default."""
        return ""

    def role(self, user: User) -> Role | None:
        if not user.is_active or user.pk is None:
            return None
        key = user._meta.pk.get_db_prep_value(user.pk, database())
        # Hand-written SQL, because every page of the portal asks this: compiling it from query sets takes
        # longer than its answer (docs/performance.md).
        rows = run_in_clinic(_OWN_GROUPS.replace("{names}", _group_names("%(user)s")), {"user": key})
        if not rows:
            raise ClinicMismatch
        return self._role_of(set(rows[0][0]))

    def describe(self, users: Iterable[Any]) -> list[Person]:
        keys = {key for key in users if key is not None}
        if not keys:
            return []
        found = get_user_model()._default_manager.filter(pk__in=keys).annotate(vcm_groups=GroupNames("pk"))
        found = found.prefetch_related(*self.prefetch_related)
        if self.select_related:
            found = found.select_related(*self.select_related)
        return [self.person(user) for user in found]

    def person(self, user: Any) -> Person:
        """A user that came with the names of their groups, ``vcm_groups``, as a person."""
        return Person(
            id=str(user.pk),
            name=self.name(user),
            role=self._role_of(set(user.vcm_groups)) if user.is_active else None,
            description=self.description(user),
        )

    def recipients(self, user: User, *, role: Role | None = None, search: str = "") -> QuerySet[Any]:
        users = get_user_model()._default_manager
        mine = self.role(user)
        if mine is None:
            return users.none()
        allowed = [Role.DOCTOR, Role.ADMIN] if mine is Role.PATIENT else list(Role)
        wanted = [each for each in allowed if role in (None, each)]
        if not wanted:
            return users.none()
        # They are neighbours in the order of roles; whoever has an earlier one has that one.
        earlier = list(Role)[: list(Role).index(wanted[0])]
        keys = self._group_keys()
        found = users.filter(Exists(_memberships(keys, wanted)), is_active=True).exclude(pk=user.pk)
        if earlier:
            found = found.exclude(Exists(_memberships(keys, earlier)))
        if search.strip():
            keys_found = matching_users(self.searched_fields(), search)
            # Where only staff are wanted, just those of the matching_users who are staff are then looked up.
            many = Role.PATIENT in wanted
            found = found.filter(_AnyOf("pk", ArraySubquery(keys_found)) if many else Q(pk__in=keys_found))
        return found.order_by(*self.sorted_fields(), "pk")

    def sorted_fields(self) -> list[str]:
        """The columns in whose order people are listed, before their key."""
        return list(self.name_fields) or _default_name_fields()

    def searched_fields(self) -> list[str]:
        """The columns that are searched, each once: in this order an index must have those of a table."""
        return list(dict.fromkeys((*self.sorted_fields(), *self.search_fields)))

    def _groups(self) -> dict[Role, str]:
        names = app_settings.GROUPS
        return {role: names[role.value] for role in Role}

    def _role_of(self, groups: set[str]) -> Role | None:
        return next((role for role, name in self._groups().items() if name in groups), None)

    def _group_keys(self) -> dict[Role, Any]:
        """The keys of the groups, of those that are there.

        Asked for by themselves: with keys PostgreSQL knows how many are in a group, with names it does not.
        """
        groups: Any = get_user_model()._meta.get_field("groups").related_model
        keys = dict(
            groups._default_manager.values_list("name", "pk").filter(name__in=self._groups().values())
        )
        return {role: keys[name] for role, name in self._groups().items() if name in keys}


def _default_name_fields() -> list[str]:
    model: type[Model] = get_user_model()
    names = [field.name for field in map(_field, ("last_name", "first_name")) if field]
    login = _field(getattr(model, "USERNAME_FIELD", "pk"))
    if login and not (names and isinstance(login, EmailField)):
        names.append(login.name)
    return names


def _field(name: str) -> Any:
    try:
        return get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _memberships(keys: dict[Role, Any], roles: Iterable[Role]) -> QuerySet[Any]:
    """In the groups of these roles: of the user of the query around it."""
    field: Any = get_user_model()._meta.get_field("groups")
    group, user = field.m2m_reverse_field_name(), field.m2m_field_name()
    found: QuerySet[Any] = field.remote_field.through._default_manager.filter(
        **{f"{group}__in": [keys[role] for role in roles if role in keys], user: OuterRef("pk")}
    )
    return found


class _AnyOf(Func):
    """Whether an array holds a value. Other than IN it makes PostgreSQL begin with what is in the array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    arity = 2
    output_field = BooleanField()


class GroupNames(Func):
    """The names of a user's groups, by the user's key.

    An array and not a mark for each role: for those PostgreSQL would read everybody's groups.
    """

    arity = 1
    output_field = ArrayField(TextField())

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return super().as_sql(*args, **{**kwargs, "template": _group_names("%(expressions)s")})


_OWN_GROUPS = "SELECT {names} WHERE {in_clinic}"

_GROUP_NAMES = """ARRAY(
    SELECT named.{name}::text
    FROM {memberships} membership
    JOIN {groups} named ON named.{key} = membership.{group}
    WHERE membership.{user} = {of}
)"""


@cache
def _group_names(of: str) -> str:
    """The SQL for the names of the groups of a user. The tables and columns are the user model's."""
    field: Any = get_user_model()._meta.get_field("groups")
    name = field.related_model._meta.get_field("name")
    names = {
        "memberships": field.m2m_db_table(),
        "groups": name.model._meta.db_table,
        "name": name.column,
        "key": name.model._meta.pk.column,
        "group": field.m2m_reverse_name(),
        "user": field.m2m_column_name(),
    }
    quoted = {name: database().ops.quote_name(text) for name, text in names.items()}
    return _GROUP_NAMES.format(of=of, **quoted)


@lru_cache
def _directory(path: str) -> ClinicDirectory:
    directory = import_string(path)()
    if not isinstance(directory, ClinicDirectory):
        raise TypeError(f"{path} is not a ClinicDirectory")
    return directory


def get_directory() -> ClinicDirectory:
    """The portal's directory, one object per process: it must not keep anything about a clinic."""
    return _directory(app_settings.DIRECTORY)
