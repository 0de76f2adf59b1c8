"""The FHIR document, checked by a library that knows the standard.

The library has models of FHIR R4B (4.3.0), not of R4 (4.0.1). R4B did not change the resources that we write:
https://hl7.org/fhir/R4B/diff.html.
"""

from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from fhir.resources.R4B.bundle import Bundle
from pydantic import ValidationError

from tests.exports.conftest import BODIES
from vclinic_messages.exports import as_fhir, conversation_document
from vclinic_messages.models import Message
from vclinic_messages.testing import create_conversation


def validated(text):
    """Return the bundle as FHIR's models read it. They refuse unknown and missing fields and wrong values."""
    return Bundle.model_validate_json(text)


def test_it_is_a_valid_bundle(conversation, written):
    bundle = validated(written("fhir"))
    assert (bundle.id, bundle.type) == (str(conversation.pk), "collection")
    kinds = [entry.resource.get_resource_type() for entry in bundle.entry]
    assert kinds == ["Patient", "Practitioner", *["Communication"] * 3]
    sent = list(Message.objects.order_by("pk").values_list("sent_at", flat=True))
    assert [entry.resource.sent for entry in bundle.entry[2:]] == sent


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"status":"completed"', '"status":null'),
        ('"contentString"', '"text"'),
    ],
)
def test_the_library_refuses_what_is_not_fhir(written, right, wrong):
    text = written("fhir")
    assert right in text
    with pytest.raises(ValidationError):
        validated(text.replace(right, wrong))


def test_all_references_resolve_within_the_bundle(written):
    entries = json.loads(written("fhir"))["entry"]
    by_url = {entry["fullUrl"]: entry["resource"] for entry in entries}
    assert len(by_url) == len(entries) == 5
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", url) for url in by_url)
    names = {url: each["name"][0]["text"] for url, each in by_url.items() if "name" in each}
    communications = [each for each in by_url.values() if each["resourceType"] == "Communication"]
    assert [names[each["sender"]["reference"]] for each in communications] == [
        "Maya Ferreira",
        "Amara Okafor",
        "Maya Ferreira",
    ]
    for each in communications:
        assert by_url[each["subject"]["reference"]]["resourceType"] == "Patient"
        [recipient] = each["recipient"]
        assert names[recipient["reference"]] != names[each["sender"]["reference"]]
        assert datetime.fromisoformat(each["sent"]).tzinfo is not None


def test_control_characters_are_replaced(written):
    entries = json.loads(written("fhir"))["entry"]
    texts = [entry["resource"]["payload"][0]["contentString"] for entry in entries[2:]]
    assert texts == [*BODIES[:2], BODIES[2].replace("\x07", "\ufffd")]


def test_a_conversation_of_staff_has_no_subject(doctor, admin):
    document = conversation_document(create_conversation(doctor, admin).pk, exported_by="Noor Haddad")
    bundle = validated("".join(as_fhir.chunks(document)))
    resources = [entry.resource for entry in bundle.entry]
    assert [each.get_resource_type() for each in resources] == [
        "Practitioner",
        "Practitioner",
        "Communication",
    ]
    assert resources[2].subject is None


def test_a_second_export_has_the_same_urls(written):
    first, second = ([entry["fullUrl"] for entry in json.loads(written("fhir"))["entry"]] for _ in range(2))
    assert first == second
