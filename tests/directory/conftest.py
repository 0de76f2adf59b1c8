from __future__ import annotations

from typing import Any

import pytest

from vclinic_messages.directory import ClinicDirectory, get_directory


@pytest.fixture
def group_directory(settings: Any) -> ClinicDirectory:
    """The default directory, with Django's groups and names and nothing of the portal's."""
    settings.VCLINIC_MESSAGES = {}
    return get_directory()
