"""GroupDirectory: roles from three Django groups."""

import pytest
from django.contrib.auth.models import AnonymousUser, Group

from tests.roles import change_roles
from vclinic_messages.directory import Person, get_directory
from vclinic_messages.models import Role
from vclinic_messages.testing import create_member


@pytest.fixture
def people(patient, patient2, doctor, doctor2, admin, nobody):
    return [patient, patient2, doctor, doctor2, admin, nobody]


def usernames(users):
    return [user.username for user in users]


@pytest.mark.parametrize("role", list(Role))
def test_the_group_gives_the_role(clinic, group_directory, role):
    assert group_directory.role(create_member(role)) is role


def test_without_a_group_there_is_no_role(group_directory, nobody):
    assert group_directory.role(nobody) is None


def test_other_groups_give_no_role(group_directory, nobody):
    nobody.groups.add(Group.objects.create(name="Newsletter"))
    assert group_directory.role(nobody) is None


def test_a_superuser_has_no_role_without_a_group(clinic, group_directory):
    assert group_directory.role(create_member(None, is_superuser=True, is_staff=True)) is None


def test_an_anonymous_user_has_no_role(clinic, group_directory):
    assert group_directory.role(AnonymousUser()) is None


def test_an_inactive_account_has_no_role(group_directory, doctor):
    doctor.is_active = False
    doctor.save()
    assert group_directory.role(doctor) is None
    assert group_directory.describe([doctor.pk]) == [Person(str(doctor.pk), "Amara Okafor", None, "")]


@pytest.mark.parametrize("other", [Role.DOCTOR, Role.ADMIN])
def test_a_user_in_two_groups_counts_as_a_patient(clinic, group_directory, doctor, other):
    both = change_roles(create_member(None, last_name="Both"), Role.PATIENT, other)
    assert group_directory.role(both) is Role.PATIENT
    assert [person.role for person in group_directory.describe([both.pk])] == [Role.PATIENT]
    assert both in group_directory.recipients(doctor, role=Role.PATIENT)
    assert both not in group_directory.recipients(doctor, role=other)


def test_the_settings_name_the_groups(clinic, settings):
    settings.VCLINIC_MESSAGES = {"GROUPS": {"doctor": "Physicians"}}
    assert get_directory().role(create_member(Role.DOCTOR)) is Role.DOCTOR
    assert Group.objects.filter(name="Physicians").exists()
    assert get_directory().role(create_member(Role.PATIENT)) is Role.PATIENT


def test_describe_returns_name_and_role(group_directory, people, django_assert_num_queries):
    with django_assert_num_queries(1):
        described = {person.id: person for person in group_directory.describe(user.pk for user in people)}
    patient, _patient2, doctor, _doctor2, admin, nobody = people
    assert described[str(patient.pk)] == Person(str(patient.pk), "Maya Ferreira", Role.PATIENT)
    assert described[str(doctor.pk)] == Person(str(doctor.pk), "Amara Okafor", Role.DOCTOR)
    assert described[str(admin.pk)] == Person(str(admin.pk), "Ruth Adeyemi", Role.ADMIN)
    assert described[str(nobody.pk)] == Person(str(nobody.pk), "nobody", None)


def test_describe_asks_once_for_a_hundred_people(clinic, group_directory, django_assert_num_queries):
    keys = [create_member(Role.PATIENT).pk for _ in range(100)]
    with django_assert_num_queries(1):
        assert len(group_directory.describe(keys)) == 100


def test_describe_leaves_out_deleted_accounts(group_directory, doctor, django_assert_num_queries):
    key = doctor.pk
    doctor.delete()
    assert group_directory.describe([key, None]) == []
    with django_assert_num_queries(0):
        assert group_directory.describe([None]) == []


def test_a_patients_recipients_are_doctors_and_staff_by_name(group_directory, people, patient):
    assert usernames(group_directory.recipients(patient)) == ["admin", "doctor", "doctor2"]


def test_a_doctors_recipients_are_everybody_else_by_name(group_directory, people, doctor):
    assert usernames(group_directory.recipients(doctor)) == ["admin", "patient", "patient2", "doctor2"]


@pytest.mark.parametrize(
    ("role", "found"),
    [
        (Role.DOCTOR, ["doctor", "doctor2"]),
        (Role.ADMIN, []),
        (Role.PATIENT, ["patient", "patient2"]),
    ],
)
def test_staff_filter_recipients_by_role(group_directory, people, admin, role, found):
    assert usernames(group_directory.recipients(admin, role=role)) == found


def test_a_patient_who_asks_for_patients_gets_none(group_directory, people, patient):
    assert usernames(group_directory.recipients(patient, role=Role.PATIENT)) == []


def test_people_with_the_same_name_are_ordered_by_key(clinic, group_directory, patient):
    twins = [create_member(Role.DOCTOR, first_name="Ana", last_name="Silva") for _ in range(5)]
    found = list(group_directory.recipients(patient))
    assert found == twins or usernames(found) == sorted(usernames(twins))
    assert found == list(group_directory.recipients(patient))


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("okafor", ["doctor"]),
        ("AMARA OKA", ["doctor"]),
        ("okafor amara", ["doctor"]),
        ("doctor2", []),  # shown by name, so the user name is not searched
        ("%", []),
        ("_", []),
        ("\\", []),
        ("'", []),
        ("nobody", []),
        ("maya", []),
        ("  ", ["admin", "doctor", "doctor2"]),
    ],
)
def test_a_search_finds_names(group_directory, people, patient, search, found):
    assert usernames(group_directory.recipients(patient, search=search)) == found


def test_inactive_people_are_no_recipients(group_directory, people, patient, doctor):
    doctor.is_active = False
    doctor.save()
    assert usernames(group_directory.recipients(patient)) == ["admin", "doctor2"]
    assert not group_directory.may_message(patient, doctor)


@pytest.mark.parametrize("who", ["nobody", "inactive"])
def test_someone_without_a_role_has_no_recipients(group_directory, people, nobody, doctor2, who):
    doctor2.is_active = False
    doctor2.save()
    outsider = {"nobody": nobody, "inactive": doctor2}[who]
    assert usernames(group_directory.recipients(outsider)) == []


def test_nobody_may_write_to_themselves(group_directory, doctor):
    assert not group_directory.may_message(doctor, doctor)


@pytest.mark.parametrize("search", ["cardio", "CARDIO", "ca", "silva cardio", "ana dr", "si"])
def test_the_demo_portal_searches_titles_and_specialities(clinic, patient, search):
    from example_project.people.models import Profile

    heart = create_member(Role.DOCTOR, username="heart", first_name="Ana", last_name="Silva")
    Profile.objects.create(user=heart, title="Dr.", description="Cardiology")
    assert usernames(get_directory().recipients(patient, search=search)) == ["heart"]
    assert get_directory().describe([heart.pk]) == [
        Person(str(heart.pk), "Dr. Ana Silva", Role.DOCTOR, "Cardiology")
    ]
