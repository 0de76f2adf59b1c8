from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.pages.visitor import Visitor


@pytest.fixture
def visit(clinic: str) -> Callable[..., Visitor]:
    """``visit(user)`` visits the clinic's pages as that person, ``visit()`` as nobody."""
    return Visitor


@pytest.fixture
def address(conversation: Any) -> str:
    return f"/messages/{conversation.pk}/"
