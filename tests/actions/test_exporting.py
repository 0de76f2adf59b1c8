"""Exporting a conversation at a patient's request, and downloading one's own."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied

from tests.actions.snapshot import last_audit, rows, version
from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.exports import FORMATS
from vclinic_messages.models import AuditEvent, Conversation
from vclinic_messages.testing import create_conversation, create_member, switch_messages
from vclinic_messages.viewer import load_viewer


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor, "Guten Tag", "Zweite", "Ende")


@pytest.fixture
def exporter(clinic):
    user = create_member(None, username="exporter", first_name="Noor", last_name="Haddad")
    user.user_permissions.add(Permission.objects.get(codename="export_conversation"))
    return user


def test_an_export_is_recorded_and_shown_to_the_participants(conversation, exporter, patient, doctor):
    before = version(patient), version(doctor)
    actions.export_conversation(
        conversation=conversation.pk, actor=exporter, reason=" By letter ", format="json"
    )
    event = last_audit()
    assert (event.action, event.actor_id, event.actor_name) == ("exported", exporter.pk, "Noor Haddad")
    assert event.conversation_id == conversation.pk
    assert event.details == {"reason": "By letter", "format": "json", "messages": 3}
    exported = Conversation.objects.get()
    assert exported.exported_by_name == "Noor Haddad"
    assert exported.exported_at is not None
    # Open pages are told to refresh.
    assert (version(patient), version(doctor)) == tuple(each + 1 for each in before)


@pytest.mark.parametrize("who", ["patient", "doctor", "admin", "nobody"])
def test_no_role_may_export(conversation, request, who):
    person = request.getfixturevalue(who)
    before = rows()
    with pytest.raises(PermissionDenied):
        actions.export_conversation(
            conversation=conversation, actor=person, reason="By letter", format="json"
        )
    assert rows() == before


def test_someone_who_is_no_longer_active_may_not(conversation, exporter):
    exporter.is_active = False
    with pytest.raises(PermissionDenied):
        actions.export_conversation(
            conversation=conversation, actor=exporter, reason="By letter", format="json"
        )


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"reason": "  \n"}, "reason", "blank"),
        ({"reason": "x" * 501}, "reason", "max_length"),
        ({"reason": "a\0b"}, "reason", "invalid_characters"),
        ({"format": "pdf"}, "format", "invalid_choice"),
    ],
)
def test_what_is_refused_changes_nothing(conversation, exporter, changed, field, code):
    before = rows()
    with pytest.raises(InvalidInput) as refusal:
        actions.export_conversation(
            **{"conversation": conversation, "actor": exporter, "reason": "By letter", "format": "json"}
            | changed
        )
    assert [problem.code for problem in refusal.value.errors[field]] == [code]
    assert rows() == before


def test_a_conversation_that_does_not_exist(exporter):
    with pytest.raises(ConversationNotFound):
        actions.export_conversation(conversation=uuid4(), actor=exporter, reason="By letter", format="json")


def test_it_works_while_messages_is_off(conversation, exporter):
    switch_messages(False)
    found = actions.export_conversation(
        conversation=conversation, actor=exporter, reason="By letter", format="json"
    )
    assert len(json.loads("".join(FORMATS["json"].chunks(found)))["messages"]) == 3


def test_a_participant_downloads_their_own(conversation, patient):
    found = actions.download_conversation(
        viewer=load_viewer(patient), conversation=conversation.pk, format="json"
    )
    data = json.loads("".join(FORMATS["json"].chunks(found)))
    assert data["exported"].keys() == {"at", "by"}
    event = last_audit()
    assert (event.action, event.actor_name, event.conversation_id) == (
        "downloaded",
        "Maya Ferreira",
        conversation.pk,
    )
    assert Conversation.objects.get().exported_at is None


def test_nobody_downloads_the_conversation_of_others(conversation, patient2):
    with pytest.raises(ConversationNotFound):
        actions.download_conversation(
            viewer=load_viewer(patient2), conversation=conversation.pk, format="json"
        )
    assert not AuditEvent.objects.filter(action="downloaded").exists()
