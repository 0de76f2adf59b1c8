"""``recipients/``: the people with whom the viewer may start a conversation."""

import pytest
from django.contrib.auth.models import User

from example_project.people.directory import PortalDirectory
from example_project.people.models import Profile
from tests.api.caller import field_codes
from vclinic_messages.models import Role
from vclinic_messages.testing import create_member, switch_messages


@pytest.fixture
def people(patient, patient2, doctor, doctor2, admin, nobody):
    Profile.objects.create(user=doctor, title="Dr.", description="Cardiology")
    create_member(Role.DOCTOR, username="left", is_active=False)


def names(caller, query=""):
    return [person["name"] for person in caller.results(f"recipients/{query}")]


def test_a_person_is_described(api, people, patient, doctor):
    [found] = api(patient).results("recipients/?q=cardio")
    assert found == {
        "id": str(doctor.pk),
        "name": "Dr. Amara Okafor",
        "role": "doctor",
        "description": "Cardiology",
        "kind": "person",
        "away": None,
    }


@pytest.mark.parametrize("model", [User, Profile])
@pytest.mark.parametrize("names", [("last_name", "first_name"), ("profile__title", "last_name")])
@pytest.mark.parametrize(
    "query", ["q=okafor", "q=amara%20okafor", "q=amara%20cardio", "q=amara&filter=doctors"]
)
def test_the_order_of_a_portals_models_does_not_matter(
    api, people, admin, monkeypatch, doctor, model, names, query
):
    monkeypatch.setattr(model._meta, "ordering", ["-id"])
    monkeypatch.setattr(PortalDirectory, "name_fields", names)
    monkeypatch.setattr(PortalDirectory, "search_fields", ("first_name", "profile__description"))
    [found] = api(admin).results(f"recipients/?{query}")
    assert found["id"] == str(doctor.pk)


def test_a_page_has_the_keys_of_drfs(api, people, patient):
    assert api(patient).get("recipients/").json() == {
        "next": None,
        "previous": None,
        "results": api(patient).results("recipients/"),
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ruth Adeyemi", "Dr. Amara Okafor", "Henrik Solberg"]),
        ("?filter=all", ["Ruth Adeyemi", "Dr. Amara Okafor", "Henrik Solberg"]),
        ("?filter=doctors", ["Dr. Amara Okafor", "Henrik Solberg"]),
        ("?filter=admins", ["Ruth Adeyemi"]),
        ("?filter=doctors&q=sol", ["Henrik Solberg"]),
        ("?q=Joana", []),
        ("?q=%25", []),
    ],
)
def test_a_patient_finds_doctors_and_staff(api, people, patient, query, found):
    assert names(api(patient), query) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["Ruth Adeyemi", "Maya Ferreira", "Joana Lopes", "Henrik Solberg"]),
        ("?filter=patients", ["Maya Ferreira", "Joana Lopes"]),
        ("?filter=doctors", ["Henrik Solberg"]),
        ("?filter=patients&q=MAYA%20ferr", ["Maya Ferreira"]),
    ],
)
def test_staff_find_everybody_else(api, people, doctor, query, found):
    assert names(api(doctor), query) == found


def test_patients_is_not_a_filter_for_a_patient(api, people, patient):
    assert field_codes(api(patient).get("recipients/?filter=patients")) == {"filter": ["invalid_choice"]}


@pytest.mark.parametrize("value", ["", "doctor", "Doctors", "nobody", "%00"])
def test_other_filters_are_refused(api, people, doctor, value):
    assert field_codes(api(doctor).get(f"recipients/?filter={value}")) == {"filter": ["invalid_choice"]}


def test_patients_who_may_not_write_to_doctors_are_not_shown_any(api, people, patient, doctor):
    switch_messages(patients_may_write_to_doctors=False)
    assert names(api(patient)) == ["Ruth Adeyemi"]
    assert names(api(patient), "?filter=doctors") == []
    assert "Henrik Solberg" in names(api(doctor))


def test_no_patient_is_listed_to_a_patient_even_if_the_portal_does(api, people, patient, settings):
    settings.VCLINIC_MESSAGES = {"DIRECTORY": "tests.directory.portals.ListsEverybody"}
    assert {person["role"] for person in api(patient).results("recipients/")} == {"doctor", "admin"}


@pytest.mark.parametrize(
    ("query", "code"), [("q=%00", "invalid_characters"), ("q=" + "x" * 201, "max_length")]
)
def test_an_invalid_search_is_refused(api, people, patient, query, code):
    assert field_codes(api(patient).get(f"recipients/?{query}")) == {"q": [code]}


def test_people_who_may_not_start_find_nobody(api, patient, doctor):
    assert api(patient).results("recipients/") != []
    switch_messages(patients_may_start=False)
    assert api(patient).results("recipients/") == []
    assert api(doctor).results("recipients/") != []
