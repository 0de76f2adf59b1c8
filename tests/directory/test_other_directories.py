"""Directories that portals write themselves: what they can restrict and what they cannot allow."""

import pytest

from vclinic_messages import actions, selectors
from vclinic_messages.directory import get_directory
from vclinic_messages.errors import InvalidInput
from vclinic_messages.models import Conversation, Role
from vclinic_messages.testing import create_member
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def directory(settings):
    def use(name):
        settings.VCLINIC_MESSAGES = {"DIRECTORY": f"tests.directory.portals.{name}"}

    return use


def test_a_directory_that_lists_patients_to_patients_changes_nothing(directory, patient, patient2, doctor):
    directory("ListsEverybody")
    viewer = load_viewer(patient)
    assert [person.name for person in selectors.recipients(viewer).items] == ["Amara Okafor"]
    assert selectors.recipient(viewer, str(patient2.pk)) is None
    with pytest.raises(InvalidInput) as refusal:
        actions.start_conversation(sender=patient, recipient=patient2, body="Hello")
    assert refusal.value.errors["recipient"][0].code == "recipient_not_allowed"
    assert not Conversation.objects.exists()


@pytest.mark.parametrize("who", ["nobody", "inactive", "oneself"])
@pytest.mark.parametrize("by", ["user", "key"])
def test_a_directory_that_lists_everybody_does_not_make_everybody_a_recipient(
    directory, doctor, doctor2, nobody, who, by
):
    directory("ListsEverybody")
    doctor2.is_active = False
    doctor2.save()
    user = {"nobody": nobody, "inactive": doctor2, "oneself": doctor}[who]
    with pytest.raises(InvalidInput) as refusal:
        actions.start_conversation(
            sender=doctor, recipient=user if by == "user" else str(user.pk), body="Hello"
        )
    assert refusal.value.errors["recipient"][0].code == "recipient_not_allowed"
    assert not Conversation.objects.exists()


def test_a_directory_restricts_whom_a_doctor_may_write_to(directory, doctor):
    directory("OwnPatientsOnly")
    mine = create_member(Role.PATIENT, username="doctor-maya")
    stranger = create_member(Role.PATIENT, username="stranger")
    actions.start_conversation(sender=doctor, recipient=mine, body="Hello")
    with pytest.raises(InvalidInput):
        actions.start_conversation(sender=doctor, recipient=stranger, body="Hello")
    assert Conversation.objects.count() == 1


def test_people_whom_the_directory_excludes_do_not_fill_up_a_search(directory, doctor, crowd):
    directory("OwnPatientsOnly")
    own = create_member(Role.PATIENT, username="doctor-otto", last_name="Brandt")
    found = selectors.recipients(load_viewer(doctor), search="brandt")
    assert [person.id for person in found.items] == [str(own.pk)]


def test_a_class_that_is_not_a_directory_is_refused(directory):
    directory("NoDirectory")
    with pytest.raises(TypeError, match="NoDirectory"):
        get_directory()
