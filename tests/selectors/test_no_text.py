"""No text and no search in what a traceback shows of the results."""

from __future__ import annotations

from vclinic_messages import selectors
from vclinic_messages.pages.listing import listing
from vclinic_messages.pages.picker import picker
from vclinic_messages.testing import create_conversation
from vclinic_messages.viewer import load_viewer


def test_what_a_search_finds_names_neither_the_text_nor_the_words(patient, doctor):
    create_conversation(patient, doctor, "The rash is back")
    viewer = load_viewer(doctor)
    query = selectors.InboxQuery(search="rash")
    page = selectors.inbox(viewer, query)
    assert page.items[0].match
    shown = repr([query, page, listing(viewer, {}, search="rash"), picker(viewer, {"q": "rash"})])
    assert "rash" not in shown
