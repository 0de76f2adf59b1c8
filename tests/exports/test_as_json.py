"""The JSON document."""

from __future__ import annotations

import json
from datetime import datetime

from tests.exports.conftest import BODIES
from vclinic_messages.exports import as_json, conversation_document
from vclinic_messages.models import Message


def test_it_contains_everything_that_was_written(conversation, written, patient, doctor):
    found = json.loads(written("json"))
    assert (found["format"], found["version"]) == ("vclinic-messages conversation", 1)
    assert (found["exported"]["by"], found["exported"]["reason"]) == ("Noor Haddad", "By letter")
    assert found["conversation"]["id"] == str(conversation.pk)
    assert found["conversation"]["participants"] == [
        {
            "id": str(each.pk),
            "name": each.get_full_name(),
            "known_as": f"account {each.pk}",
            "role": role,
        }
        for each, role in ((patient, "patient"), (doctor, "doctor"))
    ]
    assert [message["body"] for message in found["messages"]] == list(BODIES)
    assert [message["sender"]["id"] for message in found["messages"]] == [
        str(each.pk) for each in (patient, doctor, patient)
    ]
    sent = list(Message.objects.order_by("pk").values_list("sent_at", flat=True))
    assert [datetime.fromisoformat(message["sent_at"]) for message in found["messages"]] == sent


def test_a_download_without_a_reason_names_none(conversation):
    document = conversation_document(conversation.pk, exported_by="Maya Ferreira")
    assert json.loads("".join(as_json.chunks(document)))["exported"].keys() == {"at", "by"}
