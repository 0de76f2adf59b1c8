"""Drafts written by several connections at once, with real commits."""

from __future__ import annotations

import pytest

from tests.actions.snapshot import mailbox
from tests.actions.test_waiting_for_locks import in_background, under_way, wait_until_somebody_waits
from tests.actions.threads import at_once
from tests.conftest import in_clinic
from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, DraftConflict
from vclinic_messages.models import Draft, Mailbox, Role
from vclinic_messages.selectors import DraftPlace
from vclinic_messages.testing import create_conversation, create_member
from vclinic_messages.viewer import load_viewer


@pytest.fixture(autouse=True)
def clinic(committed):
    with in_clinic("alder"):
        yield


@pytest.fixture
def patient(clinic):
    return create_member(Role.PATIENT)


@pytest.fixture
def doctor(clinic):
    return create_member(Role.DOCTOR)


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor)


def save(person, place, body, version=0, **more):
    return actions.save_draft(viewer=load_viewer(person), place=place, body=body, version=version, **more)


def stored():
    return list(Draft.objects.order_by("pk").values_list("body", "version"))


def test_a_first_save_that_waits_for_the_first_send_is_refused(patient, conversation):
    place, refused = DraftPlace(conversation=conversation.pk), []

    def send():
        actions.send_message(conversation=conversation, sender=patient, body="All of it", draft=0)

    def save_late():
        try:
            save(patient, place, "All of")
        except DraftConflict as refusal:
            refused.append(refusal)

    with under_way(send):
        saving = in_background(save_late)
        wait_until_somebody_waits()
    saving.join(20)
    assert len(refused) == 1
    assert stored() == [("", 1)]


def test_a_first_save_that_waits_for_the_start_of_a_conversation_is_refused(patient, doctor):
    create_conversation(patient, doctor)  # so that both have a mailbox, on which the save waits
    place, refused = DraftPlace(recipient=str(doctor.pk)), []

    def start():
        actions.start_conversation(sender=patient, recipient=doctor, body="All of it", draft=0)

    def save_late():
        try:
            save(patient, place, "All of")
        except DraftConflict as refusal:
            refused.append(refusal)

    with under_way(start):
        saving = in_background(save_late)
        wait_until_somebody_waits()
    saving.join(20)
    assert len(refused) == 1
    assert stored() == [("", 1)]


def test_a_send_that_waits_for_a_save_sees_it(patient, conversation):
    """Without naming a draft, the send clears what was saved by then."""
    place = DraftPlace(conversation=conversation.pk)
    with under_way(lambda: save(patient, place, "Saved")):
        sending = in_background(
            lambda: actions.send_message(conversation=conversation, sender=patient, body="Sent")
        )
        wait_until_somebody_waits()
    sending.join(20)
    assert stored() == [("", 2)]


def test_a_longer_text_of_another_device_stays(patient, conversation):
    place = DraftPlace(conversation=conversation.pk)
    save(patient, place, "Long")
    with under_way(lambda: save(patient, place, "Longer", 1)):
        sending = in_background(
            lambda: actions.send_message(conversation=conversation, sender=patient, body="Short", draft=1)
        )
        wait_until_somebody_waits()
    sending.join(20)
    assert stored() == [("Longer", 2)]


def test_of_many_saves_of_one_version_one_wins(patient, conversation):
    place = DraftPlace(conversation=conversation.pk)

    def write(number):
        try:
            save(patient, place, f"Device {number}")
        except DraftConflict:
            return False
        return True

    assert sum(at_once(10, write)) == 1
    [(_body, version)] = stored()
    assert version == 1


def test_moves_saves_sends_and_pruning_at_once_block_nobody(patient, doctor, conversation, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 100_000}
    places = [
        DraftPlace(conversation=conversation.pk),
        DraftPlace(),
        DraftPlace(recipient=str(doctor.pk)),
    ]

    def known(place):
        viewer = load_viewer(patient)
        rows = Draft.objects.filter(author=viewer.own_mailbox, conversation=place.conversation)
        row = rows.filter(recipient__user=doctor.pk if place.recipient else None).first()
        return row.version if row else 0

    def live(number):
        seen = dict.fromkeys(places, 0)
        for turn in range(8):
            place, was = places[(number + turn) % 3], places[(number + 2 * turn) % 3]
            try:
                if number == 0:
                    actions.send_message(conversation=conversation, sender=patient, body="Sent", draft=turn)
                elif number == 1:
                    actions.start_conversation(
                        sender=patient, recipient=doctor, body="Sent", draft=turn, was=""
                    )
                else:
                    save(patient, place, f"{number} {turn}", known(was), was=was, newer=known(place))
            except DraftConflict:
                pass
            for each in places:
                version = known(each)
                assert version >= seen[each]
                seen[each] = version

    at_once(8, live)


def test_a_save_that_waits_for_the_deletion_of_the_account_leaves_nothing(patient, conversation):
    box, failed = mailbox(patient).pk, []
    place = DraftPlace(conversation=conversation.pk)
    viewer = load_viewer(patient)

    def save_late():
        try:
            actions.save_draft(viewer=viewer, place=place, body="Text", version=0)
        except ConversationNotFound as problem:
            failed.append(problem)

    with under_way(patient.delete):
        saving = in_background(save_late)
        wait_until_somebody_waits()
    saving.join(20)
    assert failed
    assert stored() == []
    assert Mailbox.objects.get(pk=box).user_id is None
