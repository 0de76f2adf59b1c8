"""The page to read, print or save."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone, translation

from tests.exports.conftest import BODIES
from vclinic_messages.exports import as_page


def test_the_file_is_complete_and_runs_nothing(written, patient, doctor):
    page = BeautifulSoup(written("html"), "html.parser")
    assert page.select("script, link, img, nav, [onclick]") == []
    assert "break-after" in page.style.get_text()
    assert [div.get_text() for div in page.select("article div")] == list(BODIES)
    assert "By letter" in page.select_one("dl").get_text()
    people = f"Maya Ferreira (Patient, account {patient.pk}), Amara Okafor (Doctor, account {doctor.pk})"
    assert people in " ".join(page.get_text().split())


def test_the_file_says_its_time_zone(written):
    with timezone.override("Asia/Tokyo"):
        page = BeautifulSoup(written("html"), "html.parser")
    assert page.find("dt", string="Time zone").find_next("dd").get_text() == "Asia/Tokyo"


def test_the_portals_page_leads_back_and_to_the_files(document):
    text = "".join(
        as_page.chunks(document, conversation_url="/back/", download_url="/get/", formats=[("json", "JSON")])
    )
    page = BeautifulSoup(text, "html.parser")
    assert page.style is None
    assert [link["href"] for link in page.select("nav a")] == ["/back/", "/get/?format=json"]
    assert page.select_one("button#print") is not None


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl")])
def test_language_and_direction(written, language, direction):
    with translation.override(language):
        page = BeautifulSoup(written("html"), "html.parser")
    assert (page.html["lang"], page.html["dir"]) == (language, direction)
