from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.options import set_options


@pytest.fixture
def api(clinic: str) -> Callable[..., Caller]:
    """``api(user)`` calls the clinic's API as that person, ``api()`` as nobody."""
    return Caller


@pytest.fixture
def unlimited(settings: Any) -> None:
    """Many messages a minute."""
    set_options(settings, SENDS_PER_MINUTE=100_000)


@pytest.fixture
def address(conversation: Any) -> str:
    """The conversation's URL in the API."""
    return f"conversations/{conversation.pk}/"
