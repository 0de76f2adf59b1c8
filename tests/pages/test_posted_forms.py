"""A posted form: whose it is, how old it is, and that its text never gets lost."""

from __future__ import annotations

import pytest
from django_tenants.utils import schema_context

from tests.clients import CutOff
from tests.pages.visitor import INBOX, NEW, only, page, texts, values
from vclinic_messages.models import AuditEvent, Message
from vclinic_messages.pages import urls
from vclinic_messages.testing import switch_messages

OURS = {"Origin": "http://alder.localhost"}
SAME_SITE = {"Sec-Fetch-Site": "same-origin"}
HTMX = {"HX-Request": "true", "HX-Target": "vcm-main"}
TEXT = "Typed <carefully>,\nover two lines"
COMPOSER = "#vcm-composer"


def bodies():
    return list(Message.objects.order_by("pk").values_list("body", flat=True))


@pytest.fixture
def paths(conversation):
    """Every address of our pages but the list's, from the URLconf. What is posted to the list is a search.

    The link that stops reminders needs nobody who is signed in: its token is tested with the reminders.
    """
    routes = [str(each.pattern) for each in urls.urlpatterns if str(each.pattern)]
    routes = [each.replace("<int:reply_id>", "1") for each in routes if "<str:token>" not in each]
    return [INBOX + each.replace("<uuid:conversation_id>", str(conversation.pk)) for each in routes]


@pytest.fixture
def strict(visit, patient):
    """The patient, in a browser whose forms need a token."""
    return visit(patient, enforce_csrf_checks=True)


def sign_in_again(visitor, person):
    """In another tab: the same browser gets a new session and a new token."""
    with schema_context(visitor.clinic):
        visitor.client.force_login(person)
    visitor.client.cookies["csrftoken"] = "x" * 32


def stale(visitor, path, person, form=COMPOSER):
    """Return the values of a form that was opened before the person signed in again."""
    posted = values(only(visitor.get(path), form))
    sign_in_again(visitor, person)
    return posted


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_no_address_accepts_a_change_without_a_token(strict, paths, method):
    assert len(paths) > 5
    before = (bodies(), AuditEvent.objects.exclude(action="opened").count())
    for path in paths:
        response = strict.send(method, path, {"body": "Hello", "message": "1"})
        nothing_there = 404 if "quick-replies" in path else 403  # a patient has none
        assert response.status_code in (403, 405, nothing_there), path
    assert (bodies(), AuditEvent.objects.exclude(action="opened").count()) == before


def test_what_is_posted_to_the_list_changes_nothing(strict, conversation):
    before = (bodies(), AuditEvent.objects.count())
    assert strict.post(INBOX, {"body": "Hello", "message": "1", "recipient": "1"}).status_code == 302
    assert (bodies(), AuditEvent.objects.count()) == before


def test_every_form_says_whose_page_it_is(visit, doctor, conversation, address):
    for path in (address, NEW):
        forms = page(visit(doctor).get(path)).select("#vcm-main form[method=post]")
        assert forms
        assert {form.select_one("[name=viewer]")["value"] for form in forms} == {str(doctor.pk)}


@pytest.mark.parametrize("trusted", ["https://alder.localhost", "https://*.localhost"])
def test_a_proxy_that_ends_the_encryption_loses_no_text(strict, address, settings, trusted):
    """The browser names https, the request reaches Django by http."""
    posted = {**values(only(strict.get(address), COMPOSER)), "body": TEXT}
    strict.client.cookies.pop("sessionid")
    headers = {"Origin": "https://alder.localhost"}
    assert strict.post(address, posted, headers=headers).status_code == 302
    settings.CSRF_TRUSTED_ORIGINS = [trusted]
    response = strict.post(address, posted, headers=headers)
    assert values(only(response, "form.vcm-again"))["body"] == TEXT


def test_without_a_header_of_the_browser_even_a_good_token_gives_no_text_back(strict, address):
    """The token may be in the session, and the database may not respond."""
    posted = {**values(only(strict.get(address), COMPOSER)), "body": TEXT}
    strict.client.cookies.pop("sessionid")
    assert strict.post(address, posted).status_code == 302


@pytest.mark.parametrize("headers", [OURS, SAME_SITE])
def test_an_old_token_gives_the_form_back_with_the_text(strict, patient, address, headers):
    posted = stale(strict, address, patient)
    response = strict.post(address, {**posted, "body": TEXT}, headers=headers)
    assert response.status_code == 403
    assert "This page was out of date. Please try again now." in texts(response, "#vcm-alert")[0]
    found = values(only(response, COMPOSER))
    assert (found["body"], found["key"]) == (TEXT, posted["key"])
    assert strict.press(response, COMPOSER).status_code == 302
    assert bodies() == ["Good morning", TEXT]


def test_a_new_message_comes_back_with_whom_it_is_for(strict, patient, doctor):
    posted = {**stale(strict, NEW, patient), "body": TEXT, "recipient": str(doctor.pk)}
    response = strict.post(NEW, posted, headers=OURS)
    assert response.status_code == 403
    found = values(only(response, COMPOSER))
    assert (found["body"], found["recipient"]) == (TEXT, str(doctor.pk))
    assert strict.press(response, COMPOSER).status_code == 302
    assert bodies() == [TEXT]


def test_a_search_with_an_old_token_finds(strict, patient, doctor, doctor2):
    posted = {**stale(strict, NEW, patient), "body": TEXT, "q": "solberg", "action": "find"}
    response = strict.post(NEW, posted, headers=OURS)
    assert texts(response, ".vcm-person .vcm-person__name") == ["Henrik Solberg"]
    assert values(only(response, COMPOSER))["body"] == TEXT


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", **OURS},
    ],
)
def test_a_text_of_another_site_is_not_put_into_a_form(visit, strict, patient, address, headers):
    posted = stale(strict, address, patient)
    for visitor in (strict, visit(enforce_csrf_checks=True)):
        for path in (address, NEW):
            response = visitor.post(path, {**posted, "body": "Planted", "action": ""}, headers=headers)
            assert response.status_code in (302, 403)
            assert "Planted" not in response.content.decode()
    assert bodies() == ["Good morning"]


@pytest.mark.parametrize(
    ("form", "action"), [("#vcm-mark-read", "read/"), ("#vcm-no-answer-needed", "no-answer-needed/")]
)
def test_a_button_with_an_old_token_shows_the_conversation(visit, doctor, address, form, action):
    visitor = visit(doctor, enforce_csrf_checks=True)
    posted = stale(visitor, address, doctor, form)
    response = visitor.post(address + action, posted, headers=OURS)
    assert response.status_code == 403
    assert "Your change was not saved" in texts(response, "#vcm-alert")[0]
    assert visitor.press(response, form).status_code == 302
    assert page(visitor.get(address)).select(f"{form}:not(:has([value=undo]))") == []


def test_a_script_gets_the_new_token(strict, patient, conversation, address):
    posted = {**stale(strict, address, patient), "body": TEXT}
    response = strict.post(address, posted, headers={**HTMX, **OURS})
    assert response["HX-Retarget"] == "#vcm-alert"
    again = {**posted, "csrfmiddlewaretoken": response["VCM-Token"]}
    assert strict.post(address, again, headers={**HTMX, **OURS}).status_code == 302
    mark = {"message": Message.objects.latest("pk").pk, "viewer": patient.pk}
    asks = {"headers": {"Accept": "application/json"}}
    answer = strict.post(f"{address}read/", mark, **asks)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    mark["csrfmiddlewaretoken"] = answer["VCM-Token"]
    assert strict.post(f"{address}read/", mark, **asks).status_code == 200


@pytest.mark.parametrize("headers", [OURS, {**OURS, **HTMX}])
def test_another_person_is_refused_and_does_not_see_the_text(visit, patient2, doctor, paths, headers):
    for enforce in (True, False):
        visitor = visit(patient2, enforce_csrf_checks=enforce)
        for path in paths:
            posted = {"viewer": doctor.pk, "body": TEXT, "recipient": str(doctor.pk), "message": "1"}
            response = visitor.post(path, posted, headers=headers)
            assert response.status_code == 403
            assert "Someone else has signed in" in texts(response, "#vcm-reason")[0]
            assert only(response, ".vcm-card")["data-person"] == str(patient2.pk)
            assert "carefully" not in response.content.decode()
            answer = visitor.post(path, posted, headers={"Accept": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (403, "other_person")
    assert bodies() == ["Good morning"]


def test_what_the_script_loads_for_another_person_says_why(visit, patient2, address):
    """The conversation is not found for them, so its own address would not tell them."""
    response = visit(patient2).get(f"{address}?other_person=true")
    assert response.status_code == 403
    assert "Someone else has signed in" in texts(response, "#vcm-reason")[0]
    said = texts(visit(patient2).get(address), "#vcm-reason")[0]
    assert "someone else than the person who is signed in now" in said


LOGIN_REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"


@pytest.fixture(params=["a portal without it", LOGIN_REQUIRED])
def login_middleware(request, settings):
    """Django's own, which redirects whoever is signed out, before a view runs."""
    if request.param == LOGIN_REQUIRED:
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, LOGIN_REQUIRED]


@pytest.mark.parametrize("path", ["reply", NEW])
def test_a_lost_session_gives_the_text_back(login_middleware, visit, strict, patient, doctor, address, path):
    path = address if path == "reply" else path
    typed = {"body": TEXT} if path == address else {"body": TEXT, "recipient": str(doctor.pk)}
    posted = {**values(only(strict.get(path), COMPOSER)), **typed}
    strict.client.cookies.pop("sessionid")
    response = strict.post(path, posted, headers=OURS)
    assert response.status_code == 403
    assert only(response, "#vcm-reason a")["target"] == "_blank"
    assert values(only(response, "form.vcm-again"))["body"] == TEXT
    sign_in_again(strict, patient)
    form = values(only(response, "form.vcm-again"))
    response = strict.post(path, form, headers=OURS)
    assert response.status_code == 403
    assert strict.press(response, COMPOSER).status_code == 302
    assert bodies() == ["Good morning", TEXT]


#: The buttons of the form for a new message that send nothing.
NO_SEND = [{"action": "find"}, {"more": "100"}, {"action": "continue"}]


@pytest.fixture
def search(strict, conversation, doctor):
    """A text for one person, while another is searched for."""
    found = values(only(strict.get(NEW), COMPOSER))
    return {**found, "body": TEXT, "recipient": str(doctor.pk), "q": "okafor", "filter": "doctors"}


def assert_searched(response, button):
    """Nothing was sent, and the button did what it does."""
    assert response.status_code == 200
    assert bodies() == ["Good morning"]
    found = values(only(response, COMPOSER))
    assert found["body"] == TEXT
    if button.get("action") != "continue":
        assert texts(response, ".vcm-person .vcm-person__name") == ["Amara Okafor"]
        assert (found["q"], found["filter"], found["listed"]) == (
            "okafor",
            "doctors",
            button.get("more", "50"),
        )


@pytest.mark.parametrize("button", NO_SEND)
def test_a_search_after_a_lost_session_never_becomes_a_send(strict, patient, search, button):
    strict.client.cookies.pop("sessionid")
    response = strict.post(NEW, {**search, **button}, headers=OURS)
    assert response.status_code == 403
    assert "your search was not done. Your text is still here." in texts(response, "#vcm-reason")[0]
    sign_in_again(strict, patient)
    form = values(only(response, "form.vcm-again"))
    assert_searched(strict.post(NEW, form, headers=OURS), button)


@pytest.mark.parametrize("button", NO_SEND)
def test_a_search_with_an_old_token_never_becomes_a_send(strict, patient, search, button):
    sign_in_again(strict, patient)
    assert_searched(strict.post(NEW, {**search, **button}, headers=OURS), button)


def switch_off(patient):
    switch_messages(enabled=False)


def expel(patient):
    patient.groups.clear()


@pytest.mark.parametrize("refuse", [switch_off, expel])
@pytest.mark.parametrize("button", [{}, *NO_SEND])
def test_a_page_that_refuses_says_what_was_not_done(strict, patient, search, refuse, button):
    refuse(patient)
    response = strict.post(NEW, {**search, **button}, headers=OURS)
    assert response.status_code in (403, 404)
    assert texts(response, "#vcm-unsent")
    said = "Your search was not done." if button else "Your message was not sent."
    assert texts(response, "label[for=vcm-unsent]") == [f"{said} You can copy your text from here."]


def test_a_lost_session_gives_the_text_to_nobody_else(visit, strict, patient2, address):
    posted = {**values(only(strict.get(address), COMPOSER)), "body": TEXT}
    strict.client.cookies.pop("sessionid")
    response = strict.post(address, posted, headers=OURS)
    sign_in_again(strict, patient2)
    response = strict.post(address, values(only(response, "form.vcm-again")), headers=OURS)
    assert response.status_code == 403
    assert "carefully" not in response.content.decode()
    assert bodies() == ["Good morning"]


@pytest.mark.parametrize("action", ["read/", "no-answer-needed/"])
def test_a_button_after_a_lost_session_leads_back_to_the_conversation(visit, address, action):
    response = visit().post(address + action, {"message": "1"}, headers=OURS)
    assert response["Location"] == f"/login/?next={address}"


def test_with_a_script_the_text_stays_in_the_open_page(visit, address):
    response = visit().post(address, {"body": TEXT}, headers={**HTMX, **OURS})
    assert response["Location"] == f"/login/?next={address}"


TOO_LONG = "The text is much too long. Shorten it, or send it in several messages."
INCOMPLETE = "The form did not arrive complete. Please try again."


def too_big(settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    return {"data": f"body={'x' * 20}"}


def too_many(settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1
    return {"data": "body=Hello&key=1"}


def cut_off(settings):
    return {"data": "body=Hello", "wsgi.input": CutOff()}


def other_charset(settings):
    return {"data": "body=Hello", "content_type": "application/x-www-form-urlencoded; charset=latin-1"}


def not_multipart(settings):
    return {"data": "Hello", "content_type": "multipart/form-data"}


UNREADABLE = [too_big, too_many, cut_off, other_charset, not_multipart]


def post_unreadable(visitor, path, make, settings, headers=None):
    values = {"content_type": "application/x-www-form-urlencoded", **make(settings)}
    return visitor.send("generic", "POST", path, headers=headers or {}, **values)


@pytest.mark.parametrize("make", UNREADABLE)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_form_that_cannot_be_read_gets_our_words(visit, patient, paths, make, headers, settings):
    visitor = visit(patient, raise_request_exception=False)
    for path in [INBOX, *paths]:
        if "quick-replies" in path:  # there are none for a patient
            continue
        response = post_unreadable(visitor, path, make, settings, headers)
        if response.status_code != 405:
            assert response.status_code == 400, path
            said = texts(response, "#vcm-reason, .vcm-alert__reason")
            assert said == [TOO_LONG if make is too_big else INCOMPLETE], path
            assert "VCM-Token" not in response
    assert bodies() == ["Good morning"]


@pytest.mark.parametrize("make", UNREADABLE)
def test_a_script_gets_the_code(visit, patient, address, make, settings):
    asks = {"Accept": "application/json"}
    response = post_unreadable(visit(patient), f"{address}read/", make, settings, asks)
    assert (response.status_code, response.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("make", UNREADABLE)
def test_whoever_is_signed_out_is_led_to_the_sign_in(visit, address, make, settings):
    response = post_unreadable(visit(), address, make, settings, OURS)
    assert response["Location"] == f"/login/?next={address}"
