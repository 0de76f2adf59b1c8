"""The clinic's switch for reminders."""

from __future__ import annotations

import pytest

from tests.pages.visitor import page, values
from vclinic_messages.models import AuditEvent, MessagesSettings

PATH = "/cms/settings/vclinic_messages/messagessettings/"


@pytest.fixture
def post(visit, clinic_admin):
    """Change the settings as a browser without a script would."""

    def post(**changes):
        visitor = visit(clinic_admin)
        address = visitor.get(PATH, follow=True).redirect_chain[-1][0]
        form = page(visitor.get(address)).select_one("main form[method=POST], main form[method=post]")
        data = values(form)
        for select in form.select("select[name]"):
            chosen = select.select_one("option[selected]")
            data[select["name"]] = chosen["value"] if chosen else ""
        for box in form.select("input[type=checkbox]"):
            if not box.has_attr("checked"):
                data.pop(box["name"], None)
        return visitor.post(address, {**data, **changes})

    return post


def test_a_clinic_admin_switches_reminders_on(post, settings, clinic_admin):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "REMINDER_BASE_URL": "https://portal.example"}
    assert post(reminders="on", quiet_from="22", reminder_minutes="30").status_code == 302
    now = MessagesSettings.objects.get()
    assert (now.reminders, now.quiet_from, now.reminder_minutes) == (True, 22, 30)
    event = AuditEvent.objects.filter(action="switched", actor=clinic_admin.pk).latest("pk")
    assert event.details["reminders"] == {"from": False, "to": True}


def test_a_portal_without_an_address_cannot_switch_them_on(post, settings):
    settings.VCLINIC_MESSAGES = {**settings.VCLINIC_MESSAGES, "REMINDER_BASE_URL": ""}
    response = post(reminders="on")
    assert "This portal cannot send reminders yet." in response.content.decode()
    assert not MessagesSettings.objects.get().reminders
