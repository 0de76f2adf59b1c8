"""The default directory: roles from Django's groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import FieldDoesNotExist
from django.db.models import EmailField, Exists, F, Field, ForeignObjectRel, Model, Q, QuerySet

from vclinic_messages.conf import app_settings
from vclinic_messages.directory.base import ClinicDirectory, Person, get_directory
from vclinic_messages.directory.group_sql import (
    EqualsAny,
    GroupNames,
    memberships,
    read_group_keys,
    read_group_names,
)
from vclinic_messages.models import STAFF_ROLES, Role
from vclinic_messages.search.people import Keys, matching_users
from vclinic_messages.user_types import PortalUser, User, UserKey


class GroupDirectory(ClinicDirectory):
    """Reads roles from three Django groups, named in ``VCLINIC_MESSAGES["GROUPS"]``.

    A user in several of these groups has the first role of: patient, doctor, admin. To show more about
    people, override ``name``, ``description`` and the attributes below.
    """

    #: Columns of the user that people are sorted and searched by. The default sorts them by ``last_name``,
    #: ``first_name`` and the user name, and searched by what ``name`` shows: by their user name only if they
    #: have no other name. Otherwise a search would reveal a user name that nobody can see, letter by letter.
    name_fields: Sequence[str] = ()
    #: Columns of text to search besides the names, as lookups such as ``profile__title``. Each searched table
    #: needs an index, see ``search.people.Words``.
    search_fields: Sequence[str] = ()
    #: Relations that ``name`` and ``description`` read. They are fetched together with the users.
    select_related: Sequence[str] = ()
    prefetch_related: Sequence[str] = ()

    def name(self, user: PortalUser) -> str:
        """Return the name to show: the full name, or the user name if there is none."""
        full_name = user.get_full_name() if hasattr(user, "get_full_name") else ""
        return str(full_name or user.get_username())

    def description(self, user: PortalUser) -> str:
        """Return what to show next to the role, such as a speciality. Empty by default."""
        return ""

    def role(self, user: PortalUser) -> Role | None:
        """Return the role that the user's groups give. Raises ClinicMismatch in the wrong schema."""
        if not user.is_active or user.pk is None:
            return None
        return self._role_of(read_group_names(user))

    def describe(self, users: Iterable[UserKey]) -> list[Person]:
        """Return the persons with these primary keys. One query, and one per prefetched relation."""
        keys = {key for key in users if key is not None}
        if not keys:
            return []
        model: type[User] = get_user_model()
        found = model._default_manager.filter(pk__in=keys).annotate(vcm_groups=GroupNames("pk"))
        found = found.prefetch_related(*self.prefetch_related)
        if self.select_related:
            found = found.select_related(*self.select_related)
        return [self._person(user, user.vcm_groups) for user in found]

    def recipients(self, user: PortalUser, *, role: Role | None = None, search: str = "") -> QuerySet[User]:
        """Return the users with whom this user may start a conversation: patients find only staff."""
        users = get_user_model()._default_manager
        own_role = self.role(user)
        if own_role is None:
            return users.none()
        allowed = STAFF_ROLES if own_role is Role.PATIENT else tuple(Role)
        wanted = [each for each in allowed if role in (None, each)]
        if not wanted:
            return users.none()
        found = self._with_role(wanted).exclude(pk=user.pk)
        if search.strip():
            found = found.filter(self._matches(search, among=wanted))
        return found.order_by(*self.sorted_fields(), "pk")

    def staff(self, *, search: str = "") -> QuerySet[User]:
        """Return the users of the groups of staff, by name."""
        found = self._with_role(STAFF_ROLES)
        if search.strip():
            found = found.filter(self._matches(search, among=STAFF_ROLES))
        return found.order_by(*self.sorted_fields(), "pk")

    def found_by(self, search: str) -> Keys:
        """Return the primary keys of users whom these words find in the names or the searched columns."""
        return matching_users(self.searched_fields(), search, if_empty=self.searched_if_empty())

    def sorted_fields(self) -> list[str]:
        """Return the columns that people are listed by, before their primary key."""
        return list(self.name_fields) or _default_name_fields()

    def searched_fields(self) -> list[str]:
        """Return the searched columns without duplicates, in the order that an index on them needs."""
        names = self.name_fields or _name_fields() or [_login_field()]
        return list(dict.fromkeys((*names, *self.search_fields)))

    def searched_if_empty(self) -> str | None:
        """Return the column that a search uses for people without a name: the user name. None if not."""
        return None if self.name_fields or not _name_fields() else _login_field()

    def _person(self, user: User, groups: Collection[str]) -> Person:
        return Person(
            id=str(user.pk),
            name=self.name(user),
            role=self._role_of(groups) if user.is_active else None,
            description=self.description(user),
        )

    def _with_role(self, wanted: Sequence[Role]) -> QuerySet[User]:
        """Return the active users who have one of these roles, which must be adjacent in ``Role``."""
        keys = read_group_keys(self._groups())

        def belongs_to(roles: Iterable[Role]) -> Exists:
            return Exists(memberships(keys[role] for role in roles if role in keys))

        found = get_user_model()._default_manager.filter(belongs_to(wanted), is_active=True)
        # Whoever is also in the group of an earlier role has that role instead.
        roles = list(Role)
        earlier = roles[: roles.index(wanted[0])]
        return found.exclude(belongs_to(earlier)) if earlier else found

    def _matches(self, search: str, *, among: Sequence[Role]) -> EqualsAny | Q:
        """Return the condition that every word of the search is a prefix of a word of the user's.

        Most users are patients. If patients are wanted, PostgreSQL must start from the users that match:
        EqualsAny makes it do so. If only staff are wanted, IN lets it start from the few staff.
        """
        found = self.found_by(search)
        if Role.PATIENT in among:
            return EqualsAny(F("pk"), ArraySubquery(found))
        return Q(pk__in=found)

    def _groups(self) -> dict[Role, str]:
        names = app_settings.GROUPS
        return {role: names[role.value] for role in Role}

    def _role_of(self, groups: Collection[str]) -> Role | None:
        return next((role for role, name in self._groups().items() if name in groups), None)


def reads_groups() -> bool:
    """Return whether the portal's directory gives people their roles by the groups in GROUPS."""
    return type(get_directory()).role is GroupDirectory.role


def missing_groups() -> list[str]:
    """Return the names in GROUPS of which the current clinic has no group."""
    names = app_settings.GROUPS.values()
    known = set(groups_model()._default_manager.filter(name__in=names).values_list("name", flat=True))
    return [name for name in names if name not in known]


def groups_model() -> type[Model]:
    """Return the model of the groups of users: Django's, unless the user model has others."""
    model: type[Model] = get_user_model()._meta.get_field("groups").remote_field.model
    return model


def _default_name_fields() -> list[str]:
    """Return the columns to sort by: an e-mail address only if there is nothing else."""
    names = _name_fields()
    return names if names and isinstance(_field(_login_field()), EmailField) else [*names, _login_field()]


def _name_fields() -> list[str]:
    return [name for name in ("last_name", "first_name") if _field(name)]


def _login_field() -> str:
    return str(getattr(get_user_model(), "USERNAME_FIELD", "pk"))


def _field(name: str) -> Field[Any, Any] | ForeignObjectRel | None:
    try:
        return get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return None
