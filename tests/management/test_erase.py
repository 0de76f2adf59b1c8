"""``messages_erase`` and ``messages_hold``, as an administrator types them."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from tests.actions.snapshot import last_audit
from vclinic_messages.actions.erasing import erased_text
from vclinic_messages.models import Conversation, Message
from vclinic_messages.testing import create_conversation, switch_messages

WHY = ("--schema", "alder", "--reason", "A court's order", "--by", "Ruth Adeyemi")


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor, "The kumquat rash", "An answer")


def bodies():
    return set(Message.objects.values_list("body", flat=True))


@pytest.mark.parametrize("what", ["conversation", "patient", "patient-of"])
def test_it_erases_and_says_how_much(conversation, patient, what, capsys):
    value = patient.pk if what == "patient" else conversation.pk
    call_command("messages_erase", f"--{what}", str(value), *WHY, "--yes")
    assert bodies() == {erased_text()}
    assert "alder: conversations erased: 1, with messages: 2" in capsys.readouterr().out
    assert (last_audit().action, last_audit().actor_name) == ("erased", "Ruth Adeyemi")


def test_it_removes_whole_conversations(conversation):
    call_command("messages_erase", "--conversation", str(conversation.pk), *WHY, "--whole", "--yes")
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(("answer", "left"), [("erase", {erased_text()}), ("yes", None), ("", None)])
def test_it_asks(conversation, answer, left, monkeypatch, capsys):
    monkeypatch.setattr("builtins.input", lambda _question: answer)
    arguments = ("messages_erase", "--conversation", str(conversation.pk), *WHY)
    if left is None:
        with pytest.raises(CommandError, match=r"Nothing was erased\."):
            call_command(*arguments)
        assert "The kumquat rash" in bodies()
    else:
        call_command(*arguments)
        assert bodies() == left
    assert "This cannot be undone." in capsys.readouterr().out


@pytest.mark.parametrize("without", ["--schema", "--reason", "--by"])
def test_it_needs_clinic_reason_and_name(conversation, without):
    at = WHY.index(without)
    rest = WHY[:at] + WHY[at + 2 :]
    with pytest.raises(CommandError, match="--schema, and add --reason and --by"):
        call_command("messages_erase", "--conversation", str(conversation.pk), *rest, "--yes")
    assert "The kumquat rash" in bodies()


def test_it_finds_nobody(conversation, doctor):
    with pytest.raises(CommandError, match="no such patient"):
        call_command("messages_erase", "--patient", "nobody", *WHY, "--yes")
    with pytest.raises(CommandError, match="patient of no conversation"):
        call_command("messages_erase", "--patient", str(doctor.pk), *WHY, "--yes")


def test_what_is_expired_goes_in_every_clinic(conversation, other_clinic, capsys):
    switch_messages(retention_years=1)
    call_command("messages_erase", "--expired")
    printed = capsys.readouterr().out
    assert (
        "alder: conversations erased: 0" in printed and f"{other_clinic}: conversations erased: 0" in printed
    )


def test_a_hold_refuses_and_a_release_allows(conversation, capsys):
    erase = ("messages_erase", "--conversation", str(conversation.pk), *WHY, "--yes")
    call_command("messages_hold", str(conversation.pk), *WHY)
    with pytest.raises(CommandError, match="on hold"):
        call_command(*erase)
    call_command("messages_hold", str(conversation.pk), "--release", *WHY)
    call_command(*erase)
    assert f"alder: on hold: {conversation.pk}" in capsys.readouterr().out
    assert bodies() == {erased_text()}
