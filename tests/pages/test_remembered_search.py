"""The words of a search without scripts belong to one clinic."""

from __future__ import annotations

from django.contrib.sessions.backends.signed_cookies import SessionStore
from django.test import RequestFactory
from django_tenants.utils import schema_context

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
