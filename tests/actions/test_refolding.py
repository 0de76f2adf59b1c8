"""Rebuilding what searches read: the words of messages, and folded names."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from vclinic_messages import actions, selectors
from vclinic_messages.actions import refolding
from vclinic_messages.models import Mailbox, MessageWords, Participant
from vclinic_messages.search.folding import FOLD_VERSION
from vclinic_messages.testing import create_conversation
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor, "About my blood test", "Come in", "Thank you")


def is_found(user, search):
    return bool(selectors.inbox(load_viewer(user), selectors.InboxQuery(search=search)).items)


def verify():
    output = StringIO()
    call_command("messages_verify", schema="alder", stdout=output)
    return output.getvalue()


def test_actions_leave_nothing_to_refold(conversation):
    assert actions.refold() == 0


def test_missing_words_are_reported_and_made(conversation, patient, monkeypatch):
    monkeypatch.setattr(refolding, "BATCH", 2)
    MessageWords.objects.all().delete()
    assert not is_found(patient, "blood")
    with pytest.raises(CommandError, match=r"searches cannot find: 3\. Run"):
        verify()
    assert actions.refold() == 3
    assert is_found(patient, "blood")
    assert MessageWords.objects.count() == 3
    verify()


def test_words_of_another_version_are_made_again(conversation, patient):
    MessageWords.objects.update(folded=" old", fold_version=FOLD_VERSION + 1)
    assert actions.refold() == 3
    assert is_found(patient, "blood")
    assert not is_found(patient, "old")


@pytest.mark.parametrize("model", [Mailbox, Participant])
def test_names_are_folded_again(conversation, doctor, patient, model, monkeypatch):
    monkeypatch.setattr(refolding, "BATCH", 1)
    before = dict(model.objects.values_list("pk", "folded_name"))
    model.objects.update(folded_name=" old")
    with pytest.raises(CommandError, match=r"searches cannot find: 2\. Run"):
        verify()
    assert actions.refold() == 2
    assert dict(model.objects.values_list("pk", "folded_name")) == before
    assert is_found(doctor, "ferreira")


def test_the_command_tells_the_number_of_rows(conversation):
    MessageWords.objects.all().delete()
    for count in (3, 0):
        output = StringIO()
        call_command("messages_refold", schema="alder", stdout=output)
        assert output.getvalue() == f"alder: rows that were out of date: {count}\n"
