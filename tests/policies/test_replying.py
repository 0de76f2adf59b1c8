"""Why somebody may not write in a conversation of theirs."""

import pytest

from vclinic_messages.models import MessagesSettings, Role
from vclinic_messages.policies import reply_refusal

P, D, A = Role.PATIENT, Role.DOCTOR, Role.ADMIN
PHONE = "555-0100"


def reason(participant_role, role, *others, **settings):
    refusal = reply_refusal(
        participant_role=participant_role,
        role=role,
        others=others,
        settings=MessagesSettings(phone=PHONE, **settings),
    )
    if refusal is None:
        return None
    assert PHONE in refusal.detail
    assert refusal.error().reason == refusal.reason
    return refusal.reason


@pytest.mark.parametrize(("mine", "other"), [(P, D), (P, A), (D, P), (A, P), (D, D), (D, A), (A, A)])
def test_participants_write_while_nothing_changed(mine, other):
    assert reason(mine, mine, (other, other)) is None


@pytest.mark.parametrize(
    ("participant", "now"), [(P, D), (P, A), (D, P), (D, A), (A, D), (A, P), (P, None), (D, None)]
)
def test_whose_role_is_not_that_of_the_seat_writes_no_more(participant, now):
    assert reason(participant, now, (A, A)) == "role_changed"


@pytest.mark.parametrize(("mine", "other"), [(P, D), (D, P), (D, D)])
def test_nobody_writes_to_who_has_left(mine, other):
    assert reason(mine, mine, (other, None)) == "other_left"


@pytest.mark.parametrize(("was", "now"), [(D, P), (A, P)])
def test_staff_who_became_a_patient_are_gone_for_their_patients(was, now):
    assert reason(P, P, (was, now)) == "other_left"


def test_a_patient_who_became_staff_is_gone_for_their_doctor():
    assert reason(D, D, (P, A)) == "other_left"


def test_one_of_several_is_enough():
    assert reason(P, P, (D, None), (A, A)) is None
    assert reason(P, P, (D, None), (A, None)) == "other_left"


def test_a_clinic_that_keeps_patients_from_doctors_stops_their_answers_too():
    assert reason(P, P, (D, D), patients_may_write_to_doctors=False) == "role_not_addressable"
    assert reason(P, P, (A, A), patients_may_write_to_doctors=False) is None
    assert reason(D, D, (P, P), patients_may_write_to_doctors=False) is None


def test_not_being_allowed_to_start_does_not_stop_answers():
    assert reason(P, P, (D, D), patients_may_start=False) is None


def test_ones_own_role_is_named_before_the_others_absence():
    assert reason(P, D, (D, None)) == "role_changed"


def test_a_clinic_without_a_phone_names_none():
    refusal = reply_refusal(participant_role=P, role=P, others=[(D, None)], settings=MessagesSettings())
    assert refusal is not None
    assert "call" not in refusal.detail
