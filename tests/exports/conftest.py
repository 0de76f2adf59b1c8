from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from vclinic_messages.exports import FORMATS, ConversationDocument, conversation_document
from vclinic_messages.models import Conversation
from vclinic_messages.testing import create_conversation

#: The texts of the conversation: with markup, quotes, a line break, joined emoji and a control character.
BODIES = ("Guten Tag <b>&", 'Zweite "Zeile"\nDritte', "Ende 👩🏽‍⚕️\x07")


@pytest.fixture
def conversation(patient: Any, doctor: Any) -> Conversation:
    """Return a conversation in which the patient, the doctor and the patient again have written."""
    return create_conversation(patient, doctor, *BODIES)


@pytest.fixture
def document(conversation: Conversation) -> ConversationDocument:
    """Return the conversation as a clinic admin exports it."""
    return conversation_document(conversation.pk, exported_by="Noor Haddad", reason="By letter")


@pytest.fixture
def written(document: ConversationDocument) -> Callable[[str], str]:
    """Return a function that writes the conversation in a format."""
    return lambda format: "".join(FORMATS[format].chunks(document))
