from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pages.visitor import Visitor
from vclinic_messages.testing import create_conversation


@pytest.fixture
def visit(clinic: str) -> Callable[..., Visitor]:
    """``visit(user)`` visits the clinic's pages as that person, ``visit()`` as nobody."""
    return Visitor


@pytest.fixture
def conversation(patient: Any, doctor: Any) -> Any:
    """The patient has written to the doctor, who has not read it."""
    return create_conversation(patient, doctor, "Good morning")


@pytest.fixture
def address(conversation: Any) -> str:
    return f"/messages/{conversation.pk}/"
