"""Documents of whole conversations: for a patient's request, and a participant's own."""

from __future__ import annotations

import json
import re
from datetime import datetime
from uuid import uuid4

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import connection

from tests.actions.snapshot import last_audit, mailbox, rows
from vclinic_messages import actions
from vclinic_messages.errors import ClinicMismatch, ConversationNotFound, InvalidInput
from vclinic_messages.exports import FORMATS
from vclinic_messages.models import AuditEvent, Conversation, Message
from vclinic_messages.testing import create_conversation, create_member, switch_messages
from vclinic_messages.viewer import load_viewer

BODIES = ("Guten Tag <b>&", 'Zweite "Zeile"\nDritte', "Ende 👩🏽‍⚕️\x07")


@pytest.fixture
def conversation(patient, doctor):
    return create_conversation(patient, doctor, *BODIES)


@pytest.fixture
def exporter(clinic):
    user = create_member(None, username="exporter", first_name="Noor", last_name="Haddad")
    user.user_permissions.add(Permission.objects.get(codename="export_conversation"))
    return user


@pytest.fixture
def document(conversation, exporter):
    def make(format):
        found = actions.export_conversation(
            conversation=conversation, actor=exporter, reason="By letter", format=format
        )
        return "".join(FORMATS[format].chunks(found))

    return make


def test_an_export_is_recorded_and_shown_to_the_participants(conversation, exporter, patient, doctor):
    before = mailbox(patient), mailbox(doctor)
    actions.export_conversation(
        conversation=conversation.pk, actor=exporter, reason=" By letter ", format="json"
    )
    event = last_audit()
    assert (event.action, event.actor_id, event.actor_name) == ("exported", exporter.pk, "Noor Haddad")
    assert event.conversation_id == conversation.pk
    assert event.details == {"reason": "By letter", "format": "json", "messages": 3}
    kept = Conversation.objects.get()
    assert kept.exported_by_name == "Noor Haddad"
    assert kept.exported_at is not None
    # Open browsers are told, nobody gets a message.
    assert (mailbox(patient), mailbox(doctor)) == tuple((seq, version + 1) for seq, version in before)


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


def test_a_conversation_that_is_none(exporter):
    with pytest.raises(ConversationNotFound):
        actions.export_conversation(conversation=uuid4(), actor=exporter, reason="By letter", format="json")


def test_it_works_while_messages_is_off(conversation, document):
    switch_messages(False)
    assert len(json.loads(document("json"))["messages"]) == 3


def test_json_holds_everything_that_was_written(conversation, document, patient, doctor):
    found = json.loads(document("json"))
    assert (found["exported"]["by"], found["exported"]["reason"]) == ("Noor Haddad", "By letter")
    assert found["conversation"]["participants"] == [
        {"id": str(patient.pk), "name": "Maya Ferreira", "role": "patient"},
        {"id": str(doctor.pk), "name": "Amara Okafor", "role": "doctor"},
    ]
    assert [message["body"] for message in found["messages"]] == list(BODIES)
    assert [message["sender"]["id"] for message in found["messages"]] == [
        str(each.pk) for each in (patient, doctor, patient)
    ]
    sent = list(Message.objects.order_by("pk").values_list("sent_at", flat=True))
    assert [datetime.fromisoformat(message["sent_at"]) for message in found["messages"]] == sent


def test_fhir_is_a_bundle_whose_references_resolve(conversation, document):
    bundle = json.loads(document("fhir"))
    assert (bundle["resourceType"], bundle["type"]) == ("Bundle", "collection")
    assert bundle["id"] == str(conversation.pk)
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    assert len(by_url) == len(bundle["entry"]) == 5
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", url) for url in by_url)
    letters = [each for each in by_url.values() if each["resourceType"] == "Communication"]
    names = {url: each["name"][0]["text"] for url, each in by_url.items() if "name" in each}
    assert [names[letter["sender"]["reference"]] for letter in letters] == [
        "Maya Ferreira",
        "Amara Okafor",
        "Maya Ferreira",
    ]
    for letter in letters:
        assert letter["status"] == "completed"
        assert by_url[letter["subject"]["reference"]]["resourceType"] == "Patient"
        [recipient] = letter["recipient"]
        assert names[recipient["reference"]] != names[letter["sender"]["reference"]]
        assert datetime.fromisoformat(letter["sent"]).tzinfo is not None
    # FHIR's string holds no such control character.
    texts = [letter["payload"][0]["contentString"] for letter in letters]
    assert texts == [*BODIES[:2], BODIES[2].replace("\x07", "\ufffd")]


def test_a_conversation_of_staff_has_no_subject(doctor, admin, exporter):
    conversation = create_conversation(doctor, admin)
    found = actions.export_conversation(
        conversation=conversation, actor=exporter, reason="By letter", format="fhir"
    )
    bundle = json.loads("".join(FORMATS["fhir"].chunks(found)))
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds == ["Practitioner", "Practitioner", "Communication"]
    assert "subject" not in bundle["entry"][2]["resource"]


def test_an_export_is_the_same_thing_again(conversation, document):
    urls = [[entry["fullUrl"] for entry in json.loads(document("fhir"))["entry"]] for _ in range(2)]
    assert urls[0] == urls[1]


def test_the_page_is_one_file_that_runs_nothing(conversation, document):
    page = BeautifulSoup(document("html"), "html.parser")
    assert page.select("script, link, img, nav, [onclick]") == []
    assert "break-after" in page.style.get_text()
    assert [div.get_text() for div in page.select("article div")] == list(BODIES)
    assert "By letter" in page.select_one("dl").get_text()
    assert "Maya Ferreira (Patient), Amara Okafor (Doctor)" in " ".join(page.get_text().split())


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_sent_later_is_not_in_it(conversation, exporter, doctor, format):
    found = actions.export_conversation(
        conversation=conversation, actor=exporter, reason="By letter", format=format
    )
    actions.send_message(conversation=conversation, sender=doctor, body="Too late")
    assert "Too late" not in "".join(FORMATS[format].chunks(found))


@pytest.mark.parametrize("format", FORMATS)
def test_a_long_conversation_is_read_in_batches(conversation, exporter, doctor, format):
    Message.objects.bulk_create(
        Message(
            conversation=conversation, sender=doctor, sender_name="A", sender_role="doctor", body=f"No. {n}."
        )
        for n in range(450)
    )
    last = Message.objects.latest("pk")
    Conversation.objects.update(last_message=last, message_count=453)
    found = actions.export_conversation(
        conversation=conversation, actor=exporter, reason="By letter", format=format
    )
    chunks = list(FORMATS[format].chunks(found))
    assert len(chunks) >= 4
    assert all(chunk.count("No. ") <= 200 for chunk in chunks)
    numbers = re.findall(r"No\. (\d+)\.", "".join(chunks))
    assert [int(number) for number in numbers] == list(range(450))
    if format != "html":
        json.loads("".join(chunks))


def test_a_document_is_never_cut_short_by_a_wrong_search_path(conversation, exporter, other_clinic):
    found = actions.export_conversation(
        conversation=conversation, actor=exporter, reason="By letter", format="json"
    )
    chunks = FORMATS["json"].chunks(found)
    assert next(chunks).startswith("{")
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {other_clinic}")
    try:
        with pytest.raises(ClinicMismatch):
            next(chunks)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = alder")


def test_a_participant_takes_their_own_along(conversation, patient):
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


def test_nobody_elses(conversation, patient2):
    with pytest.raises(ConversationNotFound):
        actions.download_conversation(
            viewer=load_viewer(patient2), conversation=conversation.pk, format="json"
        )
    assert not AuditEvent.objects.filter(action="downloaded").exists()


def test_a_files_name_names_nobody(conversation, patient):
    found = actions.download_conversation(
        viewer=load_viewer(patient), conversation=conversation.pk, format="fhir"
    )
    assert re.fullmatch(r"conversation-\d{4}-\d\d-\d\d-[0-9a-f]{8}\.fhir\.json", found.filename)


def test_no_text_is_in_what_a_document_shows_of_itself(conversation, exporter):
    found = actions.export_conversation(
        conversation=conversation, actor=exporter, reason="By letter", format="json"
    )
    assert not any(body in repr(found) for body in BODIES)
