"""Searching and sorting recipients with GroupDirectory's attributes."""

import pytest
from django.contrib.auth.models import Group, User

from vclinic_messages.directory import GroupDirectory
from vclinic_messages.models import Role
from vclinic_messages.testing import create_member


@pytest.fixture
def somebody(clinic):
    return create_member(Role.DOCTOR, username="somebody")


class ByGroup(GroupDirectory):
    """Searches columns that have several rows for one user."""

    search_fields = ("groups__name", "profile__description")


def test_a_user_is_found_once_even_if_several_rows_match(clinic, patient, doctor, somebody):
    for name in ("Heart one", "Heart two"):
        somebody.groups.add(Group.objects.create(name=name))
    for asking in (patient, doctor):
        assert list(ByGroup().recipients(asking, search="heart")) == [somebody]
        assert list(ByGroup().recipients(asking, search="heart some")) == [somebody]


class BackAndForth(GroupDirectory):
    """Searches a column that is two relations away."""

    search_fields = ("profile__user__username",)


def test_columns_across_several_relations_are_searched(clinic, patient, somebody):
    from example_project.people.models import Profile

    Profile.objects.create(user=somebody)
    assert list(BackAndForth().recipients(patient, search="somebody")) == [somebody]


def test_a_column_that_is_named_twice_is_searched_once(clinic, group_directory):
    class Repeats(GroupDirectory):
        search_fields = ("email", "last_name", "profile__description", "email")

    assert Repeats().searched_fields() == [
        "last_name",
        "first_name",
        "email",
        "profile__description",
    ]


def test_a_portal_chooses_the_columns_for_sorting_and_searching(clinic, patient, somebody):
    class ByAddress(GroupDirectory):
        name_fields = ("email",)

    other = create_member(Role.DOCTOR, username="first", email="z@clinic.example", last_name="Abel")
    User.objects.filter(pk=somebody.pk).update(email="a@clinic.example")
    assert list(ByAddress().recipients(patient)) == [somebody, other]
    assert list(ByAddress().recipients(patient, search="z@")) == [other]
    assert not ByAddress().recipients(patient, search="abel")


def test_an_email_address_is_not_searched_if_there_are_names(clinic, monkeypatch, group_directory):
    monkeypatch.setattr(User, "USERNAME_FIELD", "email")
    assert group_directory.sorted_fields() == ["last_name", "first_name"]


def test_a_user_name_is_searched_only_where_it_is_shown(clinic, patient, group_directory):
    hidden = create_member(Role.DOCTOR, username="chua1987", first_name="Li", last_name="Chua")
    shown = create_member(Role.DOCTOR, username="chua1988")
    for search, found in (("chua", [shown, hidden]), ("chua1", [shown]), ("chua1987", []), ("li", [hidden])):
        assert list(group_directory.recipients(patient, search=search)) == found
