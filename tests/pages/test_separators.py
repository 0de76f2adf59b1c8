"""Numbers for scripts and addresses, in a portal that writes 1,000,000."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from tests.pages.visitor import INBOX, page
from vclinic_messages import actions
from vclinic_messages.models import Mailbox, MessagesSettings
from vclinic_messages.testing import create_conversation

GROUPED = re.compile(r"\d,\d{3}")
#: What people read or hear.
TEXTS = {"aria-label", "data-said", "data-too-long", "data-empty", "data-full", "data-short", "data-over"}


@pytest.fixture
def address(clinic, patient, doctor, settings):
    """A long conversation of a clinic with a past."""
    settings.USE_THOUSAND_SEPARATOR = True
    Mailbox.objects.create(pk=2_000_000, user=patient, name="A", version=2_000_000)
    MessagesSettings.objects.update(version=3_000)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vclinic_messages_message ALTER COLUMN id RESTART WITH 1000000")
    conversation = create_conversation(doctor, patient, *["Hello"] * 59)
    actions.send_message(conversation=conversation, sender=patient, body="Hello")
    return f"{INBOX}{conversation.pk}/"


@pytest.mark.parametrize("query", ["", "?before=1000010"])
def test_numbers_for_scripts_and_addresses_have_no_separators(visit, patient, address, query):
    found = page(visit(patient).get(address + query))
    values = [
        (name, str(value))
        for element in found.find_all(True)
        for name, value in element.attrs.items()
        if name not in TEXTS
    ]
    assert [each for each in values if GROUPED.search(each[1])] == []
    assert found.select("[data-id='1000000'], [href$='before=1000010']")
