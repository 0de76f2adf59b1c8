"""Our part of a page says its language, which may be another than the portal's."""

from __future__ import annotations

import pytest

from tests.pages.visitor import INBOX, only, page
from vclinic_messages.testing import create_conversation


@pytest.fixture
def portal_in(settings):
    """Returns the header of a browser in this language, which the portal has."""

    def portal_in(language):
        settings.LANGUAGES = [*settings.LANGUAGES, ("it", "Italiano"), ("fa", "فارسی")]
        return {"Accept-Language": language}

    return portal_in


@pytest.mark.parametrize(
    ("language", "portal", "ours"),
    [
        ("en", ("en", "ltr"), ("en", "ltr")),
        ("ar", ("ar", "rtl"), ("ar", "rtl")),
        ("it", ("it", "ltr"), ("en", "ltr")),
        ("fa", ("fa", "rtl"), ("en", "ltr")),
    ],
)
def test_the_language_of_our_part(visit, portal_in, patient, doctor, language, portal, ours):
    create_conversation(doctor, patient)
    response = visit(patient).get(INBOX, headers=portal_in(language))
    found = only(response, "html")
    assert (found["lang"], found["dir"]) == portal
    parts = page(response).select(".vcm-app, .vcm-toasts, .vcm-badge-slot, [data-vcm-nav]")
    assert len(parts) == 5
    assert {(part["lang"], part["dir"]) for part in parts} == {ours}


def test_a_page_in_a_language_that_we_lack_has_english_times(visit, portal_in, patient, doctor):
    address = f"/messages/{create_conversation(doctor, patient).pk}/"
    response = visit(patient).get(address, headers=portal_in("it"))
    assert only(response, ".vcm-divider time").get_text() == "Today"
    assert only(response, ".vcm-msg time").get_text().endswith((" AM", " PM"))
