"""A portal's directory may end a conversation for those who take part: they go on reading."""

from __future__ import annotations

import pytest

from tests.options import set_options
from tests.pages.visitor import Visitor, texts
from vclinic_messages import actions, errors, selectors
from vclinic_messages.testing import create_conversation
from vclinic_messages.viewer import load_viewer


@pytest.fixture(autouse=True)
def directory(settings):
    set_options(settings, DIRECTORY="tests.directory.portals.EndedTreatments")


def ends(doctor):
    doctor.email = "over@clinic.example"
    doctor.save()


def reasons(user):
    return [
        each.cannot_reply and each.cannot_reply.reason for each in selectors.inbox(load_viewer(user)).items
    ]


def test_nobody_writes_where_the_portal_has_ended_it(patient, doctor, doctor2):
    ended = create_conversation(patient, doctor, "Good morning")
    going_on = create_conversation(patient, doctor2, "Hello")
    assert reasons(patient) == [None, None]
    ends(doctor)
    assert sorted(map(str, reasons(patient))) == ["None", "other_left"]
    assert reasons(doctor) == ["other_left"]
    for sender in (patient, doctor):
        with pytest.raises(errors.SendingNotAllowed) as refusal:
            actions.send_message(conversation=ended, sender=sender, body="One more")
        assert refusal.value.reason == "other_left"
    actions.send_message(conversation=going_on, sender=patient, body="One more")


def test_both_go_on_reading(patient, doctor):
    conversation = create_conversation(patient, doctor, "Good morning")
    ends(doctor)
    page = Visitor(doctor).get(f"/messages/{conversation.pk}/")
    assert "Good morning" in page.content.decode()
    assert texts(page, "#vcm-send") == []


def test_a_page_asks_the_directory_once(patient, doctor, doctor2, monkeypatch):
    from tests.directory.portals import EndedTreatments

    asked = []
    original = EndedTreatments.may_reply

    def may_reply(self, sender, people):
        asked.append(len(people))
        return original(self, sender, people)

    for each in (doctor, doctor2, doctor):
        create_conversation(patient, each, "Hello")
    monkeypatch.setattr(EndedTreatments, "may_reply", may_reply)
    selectors.inbox(load_viewer(patient))
    assert len(asked) == 1
