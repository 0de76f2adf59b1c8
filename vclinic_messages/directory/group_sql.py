"""The SQL of GroupDirectory. The names of tables and columns come from the portal's user model.

GroupDirectory asks for groups in two ways. By name, it reads the few groups of one user. By primary key, it
finds the many users of one group: from a key PostgreSQL can estimate how many users the group has, and picks
its plan accordingly. From a name it cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Lookup, ManyToManyField, Model, OuterRef, QuerySet, TextField
from django.db.models.sql.compiler import SQLCompiler

from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.models import Role
from vclinic_messages.tenancy import database, run_in_clinic
from vclinic_messages.user_types import User, UserKey


def read_group_names(user: User) -> set[str]:
    """Return the names of the user's groups. Raises ClinicMismatch in the wrong schema.

    Hand-written SQL, because every page of the portal asks this: compiling it from query sets takes longer
    than its answer (docs/performance.md).
    """
    key = user._meta.pk.get_db_prep_value(user.pk, database())
    statement = f"SELECT {_group_names_sql('%(user)s')} WHERE {{in_clinic}}"
    rows = run_in_clinic(statement, {"user": key})
    if not rows:
        raise ClinicMismatch
    return set(rows[0][0])


def read_group_keys(names: Mapping[Role, str]) -> dict[Role, UserKey]:
    """Return the primary keys of the groups that exist, by role."""
    groups = _groups_field().remote_field.model._default_manager
    keys = dict(groups.filter(name__in=names.values()).values_list("name", "pk"))
    return {role: keys[name] for role, name in names.items() if name in keys}


def memberships(groups: Iterable[UserKey]) -> QuerySet[Model]:
    """Return a subquery for ``Exists``: the memberships of the outer query's user in these groups."""
    field = _groups_field()
    group, user = field.m2m_reverse_field_name(), field.m2m_field_name()
    through: Any = field.remote_field.through  # django-stubs allows None, which it is only while models load
    return through._default_manager.filter(**{f"{group}__in": list(groups), user: OuterRef("pk")})


class GroupNames(Func):
    """The names of a user's groups as an array. Its argument is the user's primary key.

    One array and not one column per role: for such columns PostgreSQL would read all memberships of the
    clinic.
    """

    output_field = ArrayField(TextField())

    def __init__(self, user_key: str) -> None:
        super().__init__(user_key, template=_group_names_sql("%(expressions)s"))


class EqualsAny(Lookup):
    """``value = ANY(array)``, for an array that a subquery makes.

    It finds the same rows as ``value IN (subquery)``, but PostgreSQL evaluates the array first and then looks
    up each of its elements by index. For IN it may instead read all users and test each of them.
    """

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[str | int, ...]]:
        value, value_parameters = self.process_lhs(compiler, connection)
        array, array_parameters = self.process_rhs(compiler, connection)
        return f"{value} = ANY({array})", (*value_parameters, *array_parameters)


_GROUP_NAMES = """ARRAY(
    SELECT named.{name}::text
    FROM {memberships} membership
    JOIN {groups} named ON named.{key} = membership.{group}
    WHERE membership.{user} = {user_key}
)"""


@cache
def _group_names_sql(user_key: str) -> str:
    """Return the SQL array of a user's group names. ``user_key`` is the SQL for the user's primary key."""
    field = _groups_field()
    group: Any = field.remote_field.model._meta
    names = {
        "memberships": field.m2m_db_table(),
        "groups": group.db_table,
        "name": group.get_field("name").column,
        "key": group.pk.column,
        "group": field.m2m_reverse_name(),
        "user": field.m2m_column_name(),
    }
    quoted = {name: database().ops.quote_name(text) for name, text in names.items()}
    return _GROUP_NAMES.format(user_key=user_key, **quoted)


def _groups_field() -> ManyToManyField[Any, Any]:
    return get_user_model()._meta.get_field("groups")
