"""Directories of other portals."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import QuerySet

from example_project.people.directory import PortalDirectory
from vclinic_messages.directory import GroupDirectory
from vclinic_messages.models import Role


class ListsEverybody(GroupDirectory):
    """A mistake of a portal: it lists everybody to everybody, including the person who asks."""

    def recipients(self, user: Any, *, role: Role | None = None, search: str = "") -> QuerySet[User]:
        return User.objects.order_by("username", "pk")

    def may_message(self, sender: Any, recipient: Any) -> bool:
        return True


class OwnPatientsOnly(GroupDirectory):
    """A doctor sees only their own patients: here those whose user name starts with the doctor's."""

    def recipients(self, user: Any, *, role: Role | None = None, search: str = "") -> QuerySet[User]:
        found = super().recipients(user, role=role, search=search)
        return found.filter(username__startswith=user.username)


class NoDirectory:
    """Not a ClinicDirectory."""


class AlderAdministers(PortalDirectory):
    """A portal whose clinics share their users: every clinic admin belongs to the clinic alder."""

    def may_administer(self, user: Any) -> bool:
        return bool(connection.schema_name == "alder")


class EndedTreatments(GroupDirectory):
    """Doctors whose e-mail says so no longer treat anybody: they and their patients only read."""

    def may_reply(self, sender: Any, people: Any) -> set[str]:
        over = set(User.objects.filter(email="over@clinic.example").values_list("pk", flat=True))
        return {each.id for each in people if sender.pk not in over and int(each.id) not in over}


class Register(GroupDirectory):
    """Reads roles from the first name, as from a table of the portal's own."""

    def role(self, user: Any) -> Role | None:
        return Role(user.first_name) if user.first_name else None

    def add_member(self, user: Any, role: Role) -> None:
        user.first_name = role.value
        user.save()
