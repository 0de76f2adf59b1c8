"""Chunks are made in the clinic, language and time zone of the view."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from django.test import AsyncRequestFactory, RequestFactory
from django.utils import timezone, translation

from vclinic_messages.exports import streamed
from vclinic_messages.tenancy import expected_schema


def surroundings():
    for _ in range(2):
        yield f"{expected_schema()} {translation.get_language()} {timezone.get_current_timezone_name()}"


async def _all(chunks):
    return [chunk async for chunk in chunks]


@pytest.mark.parametrize(
    ("factory", "read"), [(RequestFactory, list), (AsyncRequestFactory, async_to_sync(_all))]
)
def test_the_surroundings_of_the_view_travel_with_the_chunks(clinic, factory, read):
    with translation.override("de"), timezone.override(ZoneInfo("Asia/Tokyo")):
        chunks = streamed(factory().get("/"), surroundings())
    connection.set_schema_to_public()
    assert read(chunks) == ["alder de Asia/Tokyo"] * 2
    assert expected_schema() == "public"
