"""change_settings: the clinic's switch and texts."""

import pytest

from tests.actions.snapshot import last_audit
from vclinic_messages import actions
from vclinic_messages.models import AuditEvent, MessagesSettings


def test_a_change_is_saved_numbered_and_recorded(clinic, admin):
    version = MessagesSettings.objects.get().version
    actions.change_settings(actor=admin, phone="555-0199", patients_may_start=False)
    kept = MessagesSettings.objects.get()
    assert (kept.phone, kept.patients_may_start, kept.version) == ("555-0199", False, version + 1)
    event = last_audit()
    assert (event.action, event.actor_id, event.actor_name) == ("switched", admin.pk, "Ruth Adeyemi")
    assert event.details == {
        "phone": {"from": "555-0100", "to": "555-0199"},
        "patients_may_start": {"from": True, "to": False},
    }


def test_no_change_is_no_event(clinic, admin):
    before = list(MessagesSettings.objects.values()), AuditEvent.objects.count()
    actions.change_settings(actor=admin, enabled=True, phone="555-0100")
    assert (list(MessagesSettings.objects.values()), AuditEvent.objects.count()) == before


def test_a_command_has_no_actor(clinic):
    actions.change_settings(enabled=False)
    event = last_audit()
    assert (event.actor_id, event.actor_name) == (None, "")
    assert event.details == {"enabled": {"from": True, "to": False}}


def test_someone_without_a_role_is_named_too(clinic, nobody):
    actions.change_settings(actor=nobody, enabled=False)
    assert last_audit().actor_name == "nobody"


def test_there_is_still_one_row(clinic):
    MessagesSettings.objects.all().delete()
    actions.change_settings(enabled=True)
    assert MessagesSettings.objects.get().enabled


@pytest.mark.parametrize("name", ["enabld", "pk2"])
def test_an_unknown_field_changes_nothing(clinic, name):
    before = list(MessagesSettings.objects.values())
    with pytest.raises(AttributeError):
        actions.change_settings(phone="555-0199", **{name: True})
    assert list(MessagesSettings.objects.values()) == before
