"""A person's choice about reminders, and the address in an e-mail that can only switch them off."""

from __future__ import annotations

import pytest
from django.core import signing
from django.test import Client
from django_tenants.utils import schema_context

from tests.pages.visitor import page
from vclinic_messages import actions
from vclinic_messages.models import Mailbox, Message, Reminder
from vclinic_messages.reminders.addresses import stop_token
from vclinic_messages.testing import create_conversation, switch_messages

OWN = "/messages/reminders/"


def stop(token):
    return f"{OWN}stop/{token}/"


def by_email(user):
    return not Reminder.objects.filter(mailbox__user=user, by_email=False).exists()


@pytest.fixture
def token(conversation, patient):
    return stop_token(Mailbox.objects.get(user=patient).pk)


# The page


def test_a_person_switches_reminders_off_and_on(visit, patient):
    switch_messages(reminders=True)
    visitor = visit(patient)
    patient.email = "maya@people.example"
    patient.save()
    shown = page(visitor.get(OWN))
    assert shown.select_one("[name=email]").has_attr("checked")
    assert "maya@people.example" in shown.select_one("main").get_text()
    saved = visitor.post(OWN, {})
    assert saved["Location"] == f"{OWN}?saved=1"
    after = page(visitor.get(saved["Location"]))
    assert "Saved." in after.select_one("main").get_text()
    assert after.select_one("#vcm-status")["data-said"] == "Saved."
    assert after.select_one("main form [type=submit]").has_attr("autofocus")
    assert not by_email(patient)
    assert not page(visitor.get(OWN)).select_one("[name=email]").has_attr("checked")
    visitor.post(OWN, {"email": "1"})
    assert by_email(patient)


def test_the_list_links_to_it_where_the_clinic_sends_reminders(visit, patient):
    assert page(visit(patient).get("/messages/")).select(f'a[href="{OWN}"]') == []
    switch_messages(reminders=True)
    assert len(page(visit(patient).get("/messages/")).select(f'a[href="{OWN}"]')) == 1


def test_quiet_hours_are_promised_only_where_there_are_some(visit, patient):
    switch_messages(reminders=True)
    says = "None is sent at night."
    assert says in page(visit(patient).get(OWN)).select_one("main").get_text()
    switch_messages(quiet_from=0, quiet_until=0)
    assert "night" not in page(visit(patient).get(OWN)).select_one("main").get_text()


def test_the_page_says_that_the_clinic_sends_none(visit, patient):
    text = page(visit(patient).get(OWN)).select_one("main").get_text()
    assert "This clinic does not send reminders at the moment." in text


# One click


def test_a_mail_program_switches_them_off_with_one_post(clinic, patient, token):
    """Without a session, a cookie or a token of Django's."""
    client = Client(HTTP_HOST="alder.localhost", enforce_csrf_checks=True)
    response = client.post(stop(token), "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded")
    with schema_context("alder"):
        assert response.status_code == 200
        assert not by_email(patient)


def test_opening_the_link_changes_nothing(visit, patient, token):
    """Virus scanners open links."""
    response = visit().get(stop(token))
    assert response.status_code == 200
    assert by_email(patient)
    assert "Stop reminders by e-mail?" in page(response).select_one("main").get_text()
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["Cache-Control"] == "private, no-store"


def test_whoever_opens_it_sees_no_name_and_no_address(visit, patient, token):
    text = visit().get(stop(token)).content.decode()
    assert "Ferreira" not in text
    assert "Maya" not in text


def test_the_button_of_the_page_does_it(visit, patient, token):
    visitor = visit()
    form = page(visitor.get(stop(token))).select_one("main form")
    assert form["method"] == "post"
    done = visitor.post(stop(token), {})
    assert "You get no more reminders" in page(done).select_one("main").get_text()
    assert not by_email(patient)


def test_a_token_switches_nothing_on_and_off_for_its_own_person_only(visit, patient, doctor, token):
    visit(doctor).post(stop(token), {"email": "1"})
    assert not by_email(patient)
    assert by_email(doctor)


def test_the_token_opens_nothing_else(visit, patient, token):
    before = Message.objects.count()
    visit().post(stop(token), {"body": "Hello", "action": "save"})
    assert visit().get(f"/messages/?token={token}").status_code == 302
    assert Message.objects.count() == before


@pytest.mark.parametrize("change", ["altered", "forged", "of a ticket", "no list"])
def test_a_token_that_we_did_not_sign_does_nothing(visit, patient, token, change):
    wrong = {
        "altered": token[:-1] + ("a" if token[-1] != "a" else "b"),
        "forged": "forged",
        "of a ticket": signing.dumps(["alder", 1], salt="vclinic_messages.live"),
        "no list": signing.dumps(7, salt="vclinic_messages.reminders.stop"),
    }[change]
    for response in (visit().get(stop(wrong)), visit().post(stop(wrong), {})):
        assert response.status_code == 404
    assert by_email(patient)


def test_a_token_of_another_clinic_does_nothing(visit, patient, conversation, other_clinic):
    """The mailbox with this number is somebody else's here."""
    with schema_context("birch"):
        there = stop_token(Mailbox.objects.count() + 1)
    number = Mailbox.objects.get(user=patient).pk
    with schema_context("birch"):
        same_number = stop_token(number)
    for token in (there, same_number):
        assert visit().post(stop(token), {}).status_code == 404
    assert by_email(patient)


def test_the_token_of_a_deleted_account_does_nothing(visit, patient, token):
    patient.delete()
    assert visit().post(stop(token), {}).status_code == 404
    assert Reminder.objects.count() == 0


def test_it_works_while_messages_is_off(visit, patient, token):
    switch_messages(False)
    assert visit().post(stop(token), {}).status_code == 200
    assert not by_email(patient)


# The receipt


def not_read(visit, conversation, sender):
    text = page(visit(sender).get(f"/messages/{conversation.pk}/")).select_one(".vcm-msg__receipt").get_text()
    return " ".join(text.split())


@pytest.fixture
def three_days_later(monkeypatch):
    """The page is opened three days after the message."""
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now
    return lambda: monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(days=3, hours=1))


def test_the_writer_is_told_that_nobody_has_read_it(visit, conversation, patient, three_days_later):
    switch_messages(read_receipts=True)
    assert not_read(visit, conversation, patient) == "Sent"
    three_days_later()
    told = not_read(visit, conversation, patient)
    assert told == "Not read for 3 days. Call 555-0100 if you cannot wait."


def test_staff_are_told_without_the_clinics_phone(visit, patient, doctor, three_days_later):
    switch_messages(read_receipts=True)
    conversation = create_conversation(doctor, patient)
    three_days_later()
    assert not_read(visit, conversation, doctor) == "Not read for 3 days."


def test_nobody_is_told_without_read_receipts(visit, conversation, patient, three_days_later):
    three_days_later()
    assert not_read(visit, conversation, patient) == "Sent"


def test_what_was_read_is_seen(visit, conversation, patient, doctor, three_days_later):
    switch_messages(read_receipts=True)
    newest = Message.objects.latest("pk").pk
    actions.mark_read(conversation=conversation, reader=doctor, up_to=newest)
    three_days_later()
    assert not_read(visit, conversation, patient).startswith("Seen ")
