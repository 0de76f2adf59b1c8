"""Why a participant may not write in their conversation."""

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
def test_participants_may_write_if_no_role_has_changed(mine, other):
    assert reason(mine, mine, (other, other)) is None


@pytest.mark.parametrize(
    ("participant", "now"), [(P, D), (P, A), (D, P), (D, A), (A, D), (A, P), (P, None), (D, None)]
)
def test_a_participant_whose_role_has_changed_may_not_write(participant, now):
    assert reason(participant, now, (A, A)) == "role_changed"


@pytest.mark.parametrize(("mine", "other"), [(P, D), (D, P), (D, D)])
def test_nobody_may_write_to_a_person_who_has_left(mine, other):
    assert reason(mine, mine, (other, None)) == "other_left"


@pytest.mark.parametrize(("was", "now"), [(D, P), (A, P)])
def test_staff_who_became_patients_count_as_gone_for_their_patients(was, now):
    assert reason(P, P, (was, now)) == "other_left"


def test_a_patient_who_became_staff_counts_as_gone_for_their_doctor():
    assert reason(D, D, (P, A)) == "other_left"


def test_one_reachable_participant_is_enough():
    assert reason(P, P, (D, None), (A, A)) is None
    assert reason(P, P, (D, None), (A, None)) == "other_left"


def test_patients_may_not_answer_doctors_if_the_clinic_forbids_writing_to_them():
    assert reason(P, P, (D, D), patients_may_write_to_doctors=False) == "role_not_addressable"
    assert reason(P, P, (A, A), patients_may_write_to_doctors=False) is None
    assert reason(D, D, (P, P), patients_may_write_to_doctors=False) is None


def test_patients_who_may_not_start_may_still_answer():
    assert reason(P, P, (D, D), patients_may_start=False) is None


def test_the_own_changed_role_is_reported_first():
    assert reason(P, D, (D, None)) == "role_changed"


def test_a_clinic_without_a_phone_number_mentions_none():
    refusal = reply_refusal(participant_role=P, role=P, others=[(D, None)], settings=MessagesSettings())
    assert refusal is not None
    assert "call" not in refusal.detail
