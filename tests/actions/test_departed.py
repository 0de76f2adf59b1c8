"""Accounts that are gone: the record stays, and reads as it was."""

import pytest

from tests.actions.snapshot import rows
from vclinic_messages import actions, selectors
from vclinic_messages.errors import SendingNotAllowed
from vclinic_messages.testing import create_conversation
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor, "Hello", "Hello back")


@pytest.mark.parametrize("how", ["one", "many"])
def test_deleting_an_account_keeps_the_record(conversation, patient, doctor, how):
    before = rows()
    if how == "one":
        doctor.delete()
    else:
        type(doctor).objects.filter(pk=doctor.pk).delete()
    assert rows() == before


def test_the_other_reads_on_under_the_kept_name(conversation, patient, doctor):
    doctor.delete()
    viewer = load_viewer(patient)
    [row] = selectors.inbox(viewer).items
    [gone] = row.others
    assert (gone.id, gone.name, gone.role, gone.description) == (None, "Amara Okafor", "doctor", "")
    assert row.cannot_reply is not None
    assert row.cannot_reply.reason == "other_left"
    assert "555-0100" in row.cannot_reply.detail
    senders = [item.sender for item in selectors.thread(viewer, row).items]
    assert [(sender.id, sender.name) for sender in senders] == [
        (str(patient.pk), "Maya Ferreira"),
        (None, "Amara Okafor"),
    ]
    with pytest.raises(SendingNotAllowed):
        actions.send_message(conversation=conversation, sender=patient, body="Hello?")


def test_someone_inactive_keeps_an_id_and_cannot_be_answered(conversation, patient, doctor):
    doctor.is_active = False
    doctor.save()
    [row] = selectors.inbox(load_viewer(patient)).items
    assert row.others[0].id == str(doctor.pk)
    assert row.cannot_reply is not None
    assert row.cannot_reply.reason == "other_left"


def test_a_conversation_of_two_departed_people_can_still_be_counted(conversation, patient, doctor):
    before = rows()
    patient.delete()
    doctor.delete()
    assert rows() == before
