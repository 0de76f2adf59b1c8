"""The list of conversations."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from tests.actions.snapshot import message_row
from tests.pages.visitor import INBOX, only, page, texts, values
from vclinic_messages import actions
from vclinic_messages.message_text import SEARCH_MAX_LENGTH
from vclinic_messages.models import Message, MessagesSettings, Participant
from vclinic_messages.number_formats import list_count
from vclinic_messages.testing import create_conversation, create_member, switch_messages


def names(response):
    return texts(response, ".vcm-row__name")


def test_newest_activity_first(visit, patient, doctor, admin):
    first = create_conversation(patient, doctor)
    create_conversation(patient, admin)
    assert names(visit(patient).get(INBOX)) == ["Ruth Adeyemi", "Amara Okafor"]
    actions.send_message(conversation=first, sender=doctor, body="An answer")
    response = visit(patient).get(INBOX)
    assert names(response) == ["Amara Okafor", "Ruth Adeyemi"]
    assert texts(response, ".vcm-row__excerpt") == ["An answer", "You: Hello"]


def test_unread_is_counted_in_words_too(visit, patient, doctor):
    create_conversation(doctor, patient, "One")
    row = only(visit(patient).get(INBOX), ".vcm-row")
    assert "vcm-row--unread" in row["class"]
    assert row.select_one(".vcm-badge")["aria-hidden"] == "true"
    assert "1 unread," in row.get_text()
    name = " ".join(row.get_text().split())
    assert name.startswith("AO 1 unread, Amara Okafor"), "the count stands first, before a long excerpt"


def test_nobody_has_written_yet(visit, patient, doctor):
    response = visit(patient).get(INBOX)
    assert only(response, "#vcm-app")["data-view"] == "empty"
    assert "Write to your clinic" in page(response).get_text()
    assert page(response).select("#vcm-search") == []


def test_search_finds_names_and_texts(visit, patient, doctor, admin):
    create_conversation(patient, doctor, "About my knee")
    create_conversation(patient, admin, "About the bill")
    assert names(search(visit(patient), "knee")) == ["Amara Okafor"]
    assert names(search(visit(patient), "adeyemi")) == ["Ruth Adeyemi"]
    nothing = search(visit(patient), "elbow")
    assert names(nothing) == []
    assert "No message contains these words." in page(nothing).get_text()
    assert only(nothing, "#vcm-search")["value"] == "elbow"


def test_staff_narrow_the_list_to_what_is_unread(visit, patient, patient2, doctor):
    create_conversation(patient, doctor)
    create_conversation(doctor, patient2)
    for query in ({"show": "unread"}, {"unread": "true"}):
        response = visit(doctor).get(INBOX, query_params=query)
        assert names(response) == ["Maya Ferreira"]
        assert only(response, "[name=show][value=unread]").has_attr("checked")
        assert only(response, ".vcm-row")["href"].endswith("/?show=unread")
    assert page(visit(patient).get(INBOX)).select("[name=show]") == []
    narrowed = visit(patient).get(INBOX, query_params={"show": "unread"})
    assert only(narrowed, "[name=show][value=all]"), "a list that is narrowed says so, and how to widen it"


def wait_since(conversation, **ago):
    staff = Participant.objects.filter(conversation=conversation).exclude(role="patient")
    staff.update(waiting_since=timezone.now() - timedelta(**ago))


@pytest.fixture
def waiting(doctor, patient, patient2):
    """Two conversations of the doctor that wait, the longer one without news since, and one that does not."""
    longer, shorter = create_conversation(patient, doctor), create_conversation(patient2, doctor)
    wait_since(longer, days=2)
    wait_since(shorter, minutes=18)
    create_conversation(create_member("patient", last_name="Brandt"), doctor, "Hello", "Hello")
    return longer, shorter


def test_staff_see_first_what_waits_and_longest_first(visit, doctor, waiting):
    response = visit(doctor).get(INBOX)
    assert names(response) == ["Maya Ferreira", "Joana Lopes"]
    assert only(response, "[name=show][value=waiting]").has_attr("checked")
    assert texts(response, ".vcm-row__wait") == ["2 daysWaiting for 2 days", "18 minWaiting for 18 minutes"]
    assert texts(response, ".vcm-seg__item") == [
        "Waiting2, 2 conversations",
        "Unread3, 3 conversations",
        "All",
    ]
    every = visit(doctor).get(INBOX, query_params={"show": "all"})
    assert len(names(every)) == 3
    assert len(texts(every, ".vcm-row__wait")) == 2


def test_where_nobody_waits_staff_see_everything(visit, doctor, patient):
    create_conversation(patient, doctor, "Hello", "Hello")
    response = visit(doctor).get(INBOX)
    assert only(response, "[name=show][value=all]").has_attr("checked")
    nobody = visit(doctor).get(INBOX, query_params={"show": "waiting"})
    assert texts(nobody, ".vcm-list__none") == ["Nobody waits for an answer."]


def test_a_filter_stays_in_the_address_of_a_row_and_of_the_next_page(visit, doctor, patient, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 100}
    for _number in range(27):
        wait_since(create_conversation(patient, doctor), days=1)
    Participant.objects.exclude(role="patient").update(waiting_since=timezone.now())
    first = visit(doctor).get(INBOX)
    more = only(first, "#vcm-more a")["href"]
    second = visit(doctor).get(more)
    shown = {row["id"] for each in (first, second) for row in page(each).select(".vcm-item")}
    assert len(shown) == 27
    opened = visit(doctor).get(page(second).select_one(".vcm-row")["href"])
    assert only(opened, "[name=show][value=waiting]").has_attr("checked")


def test_patients_are_not_asked_who_waits(visit, patient, conversation):
    response = visit(patient).get(INBOX, query_params={"show": "waiting"})
    assert len(names(response)) == 1
    assert page(response).select("[name=show], .vcm-row__wait") == []


def test_many_are_counted_up_to_a_limit():
    assert (list_count(999), list_count(1000)) == ("999", "999+")


def test_more_conversations_by_a_link(visit, patient, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "SENDS_PER_MINUTE": 100}
    for _number in range(27):
        create_conversation(patient, create_member("doctor", last_name="Doctor"))
    first = visit(patient).get(INBOX)
    assert len(names(first)) == 25
    link = only(first, "#vcm-more a")["href"]
    second = visit(patient).get(link)
    assert len(names(second)) == 2
    assert page(second).select("#vcm-more") == []
    shown = {row["id"] for each in (first, second) for row in page(each).select(".vcm-item")}
    assert len(shown) == 27
    assert len(page(visit(patient).ask(link, "vcm-more")).find_all("li", recursive=False)) == 2


STRANGE = ["before=x", "before=-1", "before=99999999999999999999", "unread=maybe", "show=some"]
STRANGE_WAITING = [f"show=waiting&before={each}" for each in ("1", "x~y", "2026-01-01~7")]


@pytest.mark.parametrize("query", STRANGE + STRANGE_WAITING)
def test_a_strange_address_shows_the_list(visit, patient, doctor, conversation, query):
    for person in (patient, doctor):
        assert visit(person).get(f"{INBOX}?{query}").status_code == 200


def test_the_list_alone_for_htmx(visit, patient, conversation):
    response = visit(patient).ask(INBOX, "vcm-list")
    assert "<html" not in response.content.decode()
    assert names(response) == ["Amara Okafor"]
    assert response["VCM-Page"] == str(MessagesSettings.objects.get().version)
    assert "HX-Target" in response["Vary"]


def test_looking_at_the_list_reads_nothing(visit, doctor, conversation):
    visit(doctor).get(INBOX)
    assert "vcm-row--unread" in only(visit(doctor).get(INBOX), ".vcm-row")["class"]
    assert Message.objects.count() == 1


@pytest.mark.parametrize("path", ["/messages/", "/messages/new/", "/messages/{id}/"])
def test_a_search_for_characters_that_cannot_be_stored_is_no_error(visit, patient, doctor, path):
    conversation = create_conversation(patient, doctor)
    visitor, path = visit(patient), path.format(id=conversation.pk)
    assert visitor.get(path + "?q=%00").status_code == 200
    response = visitor.post(path, {"q": "\0", "action": "find" if "new" in path else "open"})
    assert response.status_code == (200 if "new" in path else 302)


def test_a_long_search_is_cut(visit, patient, conversation):
    long = "x" * SEARCH_MAX_LENGTH
    response = search(visit(patient), long + "y")
    assert only(response, "#vcm-search")["value"] == long


def test_a_search_finds_conversations_that_contain_every_word(visit, patient, doctor, admin):
    create_conversation(patient, doctor, "The zebra is striped")
    create_conversation(patient, admin, "The zebra is not")
    assert names(search(visit(patient), "okafor zebra")) == ["Amara Okafor"]
    assert names(search(visit(patient), "okafor giraffe")) == []


def search(visitor, words, **typed):
    """Search as without scripts: fill in the form above the list and press its button."""
    return followed(visitor, visitor.press(visitor.get(INBOX), "#vcm-find", q=words, **typed))


def followed(visitor, response):
    """Go where a posted search leads, so that nothing is posted again by Back or a reload."""
    assert response.status_code == 302
    return visitor.get(response["Location"])


def test_a_row_that_was_searched_for_keeps_the_search(visit, patient, doctor, admin):
    create_conversation(patient, doctor, "The zebra")
    create_conversation(patient, admin, "The giraffe")
    visitor = visit(patient)
    found = search(visitor, "zebra")
    row = only(found, ".vcm-row")
    posted = visitor.post(row["formaction"], {**values(only(found, "#vcm-find")), row["name"]: row["value"]})
    assert "zebra" not in posted["Location"]
    opened = followed(visitor, posted)
    assert names(opened) == ["Amara Okafor"]
    assert only(opened, "#vcm-search")["value"] == "zebra"
    assert texts(opened, ".vcm-msg__body") == ["The zebra"]
    assert only(opened, ".vcm-row")["aria-current"] == "true"


def test_opening_a_row_of_a_search_sends_nothing(visit, patient, conversation):
    data = {"action": "open", "q": "okafor", "body": "Hello again"}
    assert visit(patient).post(f"{INBOX}{conversation.pk}/", data).status_code == 302
    assert Message.objects.count() == 1


def test_a_chosen_filter_is_in_the_address(visit, doctor, conversation):
    response = visit(doctor).post(INBOX, {"show": "unread", "mailbox": "own", "q": ""})
    assert (response.status_code, response["Location"]) == (302, f"{INBOX}?show=unread&mailbox=own")


def test_an_empty_search_forgets_the_one_before(visit, patient, conversation):
    visitor = visit(patient)
    assert names(search(visitor, "giraffe")) == []
    assert names(search(visitor, "")) == ["Amara Okafor"]
    assert names(visitor.get(f"{INBOX}?searched=1")) == ["Amara Okafor"]


def test_the_pages_of_a_search_are_posted_too(visit, patient, doctor):
    for number in range(26):
        create_conversation(patient, doctor, f"Zebra {number}")
    visitor = visit(patient)
    found = search(visitor, "zebra")
    more = only(found, "#vcm-more button")
    data = {**values(only(found, "#vcm-find")), more["name"]: more["value"]}
    older = followed(visitor, visitor.post(more["formaction"], data))
    assert texts(older, ".vcm-row__excerpt") == ["You: Zebra 0"]
    back = only(older, ".vcm-list__more button")
    assert back["form"] == "vcm-find"
    assert len(page(search(visitor, "zebra")).select(".vcm-row")) == 25


def test_no_address_on_the_page_of_a_search_contains_its_words(visit, patient, doctor):
    for number in range(26):
        create_conversation(patient, doctor, f"Zebra {number}")
    html = search(visit(patient), "zebra")
    addresses = [
        str(value)
        for element in page(html).find_all(True)
        for name, value in element.attrs.items()
        if name in ("href", "action", "formaction", "hx-get", "hx-post", "src") or name.startswith("data-")
    ]
    assert addresses
    assert not [address for address in addresses if "ebra" in address]


def test_words_in_an_address_are_no_search(visit, patient, conversation):
    response = visit(patient).get(INBOX + "?q=giraffe")
    assert names(response) == ["Amara Okafor"]
    assert only(response, "#vcm-search").get("value") == ""


def test_a_search_of_too_many_words_says_so(visit, patient, conversation):
    said = "Only the first 8 words are searched."
    assert said in search(visit(patient), "a b c d e f g h i").content.decode()
    assert said not in search(visit(patient), "a b c d e f g h").content.decode()


def test_a_search_needs_no_token(visit, patient, conversation):
    """It changes nothing, and works in a page that was open while its person signed in again."""
    visitor = visit(patient, enforce_csrf_checks=True)
    response = visitor.post(INBOX, {"q": "okafor"})
    assert names(followed(visitor, response)) == ["Amara Okafor"]


def test_who_may_not_start_is_not_offered_to(visit, patient, doctor):
    create_conversation(doctor, patient)
    assert page(visit(patient).get(INBOX)).select("#vcm-new")
    switch_messages(patients_may_start=False)
    assert not page(visit(patient).get(INBOX)).select("#vcm-new")
    assert page(visit(doctor).get(INBOX)).select("#vcm-new")


@pytest.mark.parametrize("debug", [False, True])
def test_htmx_comes_alone(visit, patient, settings, debug):
    """django-htmx's helper for debugging replaces the page by a refusal."""
    settings.DEBUG = debug
    sources = [tag["src"] for tag in page(visit(patient).get("/messages/")).select("[data-vcm-htmx]")]
    assert sources == ["/static/django_htmx/htmx-2.min.js"]


def test_the_portals_own_htmx_is_sent_to_the_whole_page(visit, patient):
    """It would put a part, or a page without our scripts, into its own."""
    for headers in ({}, {"HX-Target": "main"}, {"HX-Boosted": "true"}):
        response = visit(patient).get(f"{INBOX}?show=unread", headers={"HX-Request": "true", **headers})
        assert response["HX-Redirect"] == f"{INBOX}?show=unread"
        assert response.content == b""


def test_htmx_has_the_portals_nonce():
    assert 'defer nonce="abc">' in render_to_string("vclinic_messages/parts/head.html", {"csp_nonce": "abc"})
    assert "nonce" not in render_to_string("vclinic_messages/parts/head.html")


def ramp(patient, doctor):
    return create_conversation(
        patient, doctor, "Is there a ramp?", "Yes, the ramp is on Mill Lane", "Thank you", "Goodbye"
    )


def open_row(visitor, found):
    row = only(found, ".vcm-row")
    data = {**values(only(found, "#vcm-find")), row["name"]: row["value"]}
    return followed(visitor, visitor.post(row["formaction"], data))


def test_a_row_shows_the_newest_message_that_was_found(visit, patient, doctor, admin):
    ramp(patient, doctor)
    create_conversation(patient, admin, "Rampant growth <b>")
    found = search(visit(patient), "ramp")
    assert texts(found, ".vcm-list__found") == ["3 messages in 2 conversations"]
    assert only(found, "#vcm-rows")["data-said"] == "3 messages in 2 conversations"
    assert texts(found, ".vcm-row__excerpt") == ["You: Rampant growth <b>", "Yes, the ramp is on Mill Lane"]
    assert texts(found, ".vcm-row__excerpt .vcm-mark") == ["Ramp", "ramp"]
    assert texts(found, ".vcm-row__hits") == ["2 messages"]


def test_of_a_name_the_name_is_marked_and_the_last_message_shown(visit, patient, doctor):
    ramp(patient, doctor)
    found = search(visit(patient), "oka")
    assert texts(found, ".vcm-row__name .vcm-mark") == ["Oka"]
    assert texts(found, ".vcm-row__excerpt") == ["Goodbye"]
    assert texts(found, ".vcm-list__found") == ["1 conversation"]


def test_a_hit_has_as_many_of_the_words_as_any_message_has(visit, patient, doctor):
    create_conversation(patient, doctor, "The knee hurts", "Which knee?", "The left knee hurts", "Which one?")
    found = search(visit(patient), "knee hurts okafor")
    assert texts(found, ".vcm-row__excerpt") == ["You: The left knee hurts"]
    assert texts(found, ".vcm-row__hits") == ["2 messages"]


def test_a_row_of_a_search_opens_at_the_message(visit, patient, doctor):
    ramp(patient, doctor)
    visitor = visit(patient)
    opened = open_row(visitor, search(visitor, "ramp"))
    hit = Message.objects.get(body__startswith="Yes")
    assert only(opened, ".vcm-msg--hit")["data-id"] == str(hit.pk)
    assert texts(opened, ".vcm-msg .vcm-mark") == ["ramp", "ramp"]
    assert texts(opened, ".vcm-hits__text") == ["“ramp”: message 2 of 2"]
    assert only(opened, "#vcm-hit-next")["aria-disabled"] == "true"
    back = only(opened, "#vcm-hit-previous")
    earlier = followed(visitor, visitor.post(back["formaction"], {"q": "ramp", back["name"]: back["value"]}))
    assert texts(earlier, ".vcm-hits__text") == ["“ramp”: message 1 of 2"]
    assert only(earlier, "#vcm-hits")["data-said"].startswith("Message 1 of 2, You, Today, ")
    closed = visitor.get(only(earlier, "#vcm-hits-close")["href"])
    assert only(closed, "#vcm-hits").has_attr("hidden")
    assert page(closed).select(".vcm-mark") == []
    assert len(page(closed).select(".vcm-msg--hit")) == 1


def long_conversation(patient, doctor, count=160):
    conversation = create_conversation(patient, doctor, "zebra")
    Message.objects.bulk_create(message_row(conversation, patient, f"No. {each}") for each in range(count))
    return conversation, list(Message.objects.order_by("pk").values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("index", "first", "last"), [(0, 0, 24), (10, 0, 34), (80, 55, 104), (160, 135, 160)]
)
def test_the_page_that_has_a_message(visit, patient, doctor, index, first, last):
    conversation, ids = long_conversation(patient, doctor)
    response = visit(patient).get(f"{INBOX}{conversation.pk}/?at={ids[index]}")
    shown = [int(each["data-id"]) for each in page(response).select(".vcm-msg")]
    assert shown == ids[first : last + 1]
    assert bool(page(response).select("#vcm-earlier")) == (first > 0)
    assert texts(response, "#vcm-newer .vcm-button") == (
        [f"{160 - last} newer messages"] if last < 160 else []
    )


def test_the_address_of_a_message_that_is_not_there_shows_the_conversation(visit, patient, doctor):
    conversation, ids = long_conversation(patient, doctor, count=3)
    other = Message.objects.exclude(conversation=conversation).count() + ids[-1] + 1
    for at in (other, "x", 0, 2**70):
        response = visit(patient).get(f"{INBOX}{conversation.pk}/?at={at}")
        assert len(page(response).select(".vcm-msg")) == 4
        assert page(response).select(".vcm-msg--hit") == []


def test_a_page_that_skips_unread_messages_marks_nothing_as_read(visit, patient, doctor):
    conversation, ids = long_conversation(patient, doctor)
    participant = Participant.objects.filter(conversation=conversation, role="doctor")
    participant.update(unread_count=160, last_read_message=ids[0], last_message=ids[-1])
    visitor = visit(doctor)
    for index, may_mark in ((10, True), (26, True), (27, False), (160, False)):
        response = visitor.get(f"{INBOX}{conversation.pk}/?at={ids[index]}")
        assert only(response, "#vcm-conversation").has_attr("data-read-url") is may_mark
        assert bool(page(response).select("[name=seen]")) is may_mark
        assert bool(page(response).select("#vcm-mark-read")) is may_mark


def test_what_is_loaded_later_is_marked_too(visit, patient, doctor):
    conversation, ids = long_conversation(patient, doctor)
    visitor = visit(patient)
    address = f"{INBOX}{conversation.pk}/?at={ids[80]}"
    opened = followed(visitor, visitor.post(address, {"action": "open", "q": "zebra no"}))
    more = only(opened, "#vcm-earlier button")
    headers = {"HX-Request": "true", "HX-Target": "vcm-earlier"}
    earlier = visitor.post(more["hx-post"], {"action": "open", "q": "zebra no"}, headers=headers)
    assert len(texts(earlier, ".vcm-mark")) == 50
    newer = only(opened, "#vcm-newer button")
    headers = {"HX-Request": "true", "HX-Target": "vcm-newer"}
    later = visitor.post(newer["hx-post"], {"action": "open", "q": "zebra no"}, headers=headers)
    assert len(texts(later, ".vcm-mark")) == 50


def test_words_within_an_address_and_around_it_are_marked(visit, patient, doctor):
    conversation = create_conversation(patient, doctor, "See https://example.org/ramp for the <ramp>")
    visitor = visit(patient)
    opened = open_row(visitor, search(visitor, "ramp"))
    assert conversation
    link = only(opened, ".vcm-msg__body a")
    assert link["href"] == "https://example.org/ramp"
    assert link.select_one("mark").get_text() == "ramp"
    assert only(opened, ".vcm-msg__body").get_text().strip() == "See https://example.org/ramp for the <ramp>"
