from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.actions.heard import Heard


@pytest.fixture
def heard(clinic: str) -> Iterator[Heard]:
    with CaptureQueriesContext(connection) as captured:
        yield Heard(captured)
