"""What all formats have in common."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection

from tests.actions.snapshot import message_row
from tests.exports.conftest import BODIES
from vclinic_messages import actions
from vclinic_messages.errors import ClinicMismatch
from vclinic_messages.exports import FORMATS, conversation_document
from vclinic_messages.models import Conversation, Message


@pytest.mark.parametrize("format", FORMATS)
def test_a_document_ends_where_the_conversation_ended_when_it_was_exported(
    conversation, document, doctor, written, format
):
    actions.send_message(conversation=conversation, sender=doctor, body="Too late")
    assert "Too late" not in written(format)


@pytest.mark.parametrize("format", FORMATS)
def test_a_long_conversation_is_read_in_batches(conversation, doctor, format):
    Message.objects.bulk_create(message_row(conversation, doctor, f"No. {n}.") for n in range(450))
    last = Message.objects.latest("pk")
    Conversation.objects.update(last_message=last, message_count=453)
    chunks = list(FORMATS[format].chunks(conversation_document(conversation.pk, exported_by="Noor Haddad")))
    assert len(chunks) >= 4
    assert all(chunk.count("No. ") <= 200 for chunk in chunks)
    numbers = re.findall(r"No\. (\d+)\.", "".join(chunks))
    assert [int(number) for number in numbers] == list(range(450))
    if format != "html":
        json.loads("".join(chunks))


@pytest.mark.parametrize("format", FORMATS)
def test_a_wrong_search_path_never_ends_a_document_early(document, other_clinic, format):
    chunks = FORMATS[format].chunks(document)
    next(chunks)
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {other_clinic}")
    try:
        with pytest.raises(ClinicMismatch):
            list(chunks)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET search_path = alder")


@pytest.mark.parametrize(("format", "suffix"), [("html", ".html"), ("json", ".json"), ("fhir", ".fhir.json")])
def test_a_document_is_downloaded_under_a_name_without_names(document, format, suffix):
    headers = FORMATS[format].headers(document)
    assert re.fullmatch(
        rf'attachment; filename="conversation-\d{{4}}-\d\d-\d\d-[0-9a-f]{{8}}{re.escape(suffix)}"',
        headers["Content-Disposition"],
    )


@pytest.mark.parametrize("format", FORMATS)
def test_browsers_must_not_guess_the_type_of_a_document(document, format):
    assert FORMATS[format].headers(document)["X-Content-Type-Options"] == "nosniff"


def test_a_document_shows_no_text_in_error_reports(document):
    assert not any(body in repr(document) for body in BODIES)
