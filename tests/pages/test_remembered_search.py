"""The words of a search without scripts belong to one clinic, and are soon forgotten."""

from __future__ import annotations

from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import RequestFactory
from django_tenants.utils import schema_context

from tests.pages.visitor import only
from vclinic_messages.pages.remembered_search import remember_search, remembered_search


def test_clinics_that_share_a_session_do_not_share_the_words(clinic, other_clinic):
    request = RequestFactory().get("/?searched=1")
    request.session = SessionStore()
    remember_search(request, "zebra")
    assert remembered_search(request) == "zebra"
    with schema_context(other_clinic):
        assert remembered_search(request) == ""
        remember_search(request, "")
    assert remembered_search(request) == "zebra"


def test_the_words_are_forgotten_when_a_list_is_opened_without_the_search(visit, patient, conversation):
    visitor = visit(patient)
    found = visitor.post("/messages/", {"q": "zebra"})["Location"]
    assert only(visitor.get(found), "#vcm-search")["value"] == "zebra"
    visitor.get("/messages/")
    assert not any("search" in key for key, _words in visitor.client.session.items())
    assert not only(visitor.get(found), "#vcm-search").get("value")
