from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import in_clinic
from tests.postgres import CLINICS


@pytest.fixture(params=list(CLINICS)[:2], ids=["migrated", "cloned"])
def clinic(request: Any, db: None) -> Iterator[str]:
    """What the database guarantees must hold in a clinic made by migrating and in a copy of one."""
    with in_clinic(request.param) as schema:
        yield schema
