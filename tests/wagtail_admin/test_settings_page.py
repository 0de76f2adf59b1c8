"""The page of the clinic's settings."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django_tenants.utils import schema_context
from wagtail.models import ModelLogEntry

from example_project.people.groups import ADMINISTRATORS
from tests.actions.snapshot import last_audit
from tests.pages.visitor import Visitor, only, page, texts
from tests.wagtail_admin.test_access import SETTINGS
from vclinic_messages.models import AuditEvent, MessagesSettings
from vclinic_messages.testing import create_member

FORM = "#w-editor-form"


@pytest.fixture
def address(clinic):
    return f"{SETTINGS}{MessagesSettings.objects.get().pk}/"


def filled(response, **typed):
    """Return what the form posts with these values typed in. None means an unticked box."""
    values = {}
    for field in only(response, FORM).select("input[name], textarea[name]"):
        is_box = field.get("type") == "checkbox"
        if is_box and not field.has_attr("checked"):
            continue
        text = field.get_text().strip() if field.name == "textarea" else field.get("value", "")
        values[field["name"]] = "on" if is_box else text
    return {name: value for name, value in {**values, **typed}.items() if value is not None}


def save(visitor, address, **typed):
    return visitor.post(address, filled(visitor.get(address), **typed))


def test_the_switch_says_what_it_does(visit, clinic_admin, address):
    shown = only(visit(clinic_admin).get(address), FORM).get_text()
    assert "nobody can read or write" in shown
    assert "Nothing is deleted" in shown


def test_the_preview_shows_what_patients_see(visit, clinic_admin, address):
    response = visit(clinic_admin).get(address)
    assert texts(response, ".vcm-preview__text") == [
        "Not for emergencies. In an emergency call 911. There is no promised response time.",
        "Messages is not available at Alder Clinic. Call . Other ways to reach the clinic",
    ]
    assert only(response, "[data-vcm-part=link]").has_attr("hidden")
    scripts = [tag["src"] for tag in page(response).select("script[src]")]
    assert sum("vclinic_messages/wagtail_admin/settings.js" in source for source in scripts) == 1


def test_a_change_is_saved_and_recorded_once(visit, clinic_admin, address):
    response = save(visit(clinic_admin), address, phone="555-0199", read_receipts="on", enabled=None)
    assert response.status_code == 302
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.read_receipts, saved.enabled) == ("555-0199", True, False)
    changes = {
        "enabled": {"from": True, "to": False},
        "phone": {"from": "555-0100", "to": "555-0199"},
        "read_receipts": {"from": False, "to": True},
    }
    event = last_audit()
    assert (event.action, event.actor_id, event.details) == ("switched", clinic_admin.pk, changes)
    assert AuditEvent.objects.filter(action="switched", actor=clinic_admin.pk).count() == 1
    assert not ModelLogEntry.objects.exists()


def test_saving_without_a_change_records_nothing(visit, clinic_admin, address):
    before = AuditEvent.objects.count()
    assert save(visit(clinic_admin), address).status_code == 302
    assert AuditEvent.objects.count() == before


@pytest.fixture
def colleague(clinic):
    user = create_member(None, username="colleague", first_name="Ilse", last_name="Brandt")
    user.groups.add(Group.objects.get(name=ADMINISTRATORS))
    return user


#: Each setting with another value than before.
OTHER_VALUES = {
    "enabled": False,
    "emergency_notice": "Call 112.\r\nThen wait.",
    "response_time": "By tomorrow.",
    "phone": "555-0177",
    "link": "/contact/",
    "patients_may_start": False,
    "patients_may_write_to_doctors": False,
    "read_receipts": True,
    "retention_years": 10,
    "retention_removes_all": True,
}


def typed(values):
    boxes = {True: "on", False: None}
    return {name: boxes[value] if isinstance(value, bool) else value for name, value in values.items()}


def test_every_setting_has_another_value():
    fields = [field for field in MessagesSettings._meta.fields if field.editable and not field.primary_key]
    assert set(OTHER_VALUES) == {field.name for field in fields}


@pytest.mark.parametrize("name", OTHER_VALUES)
def test_a_form_that_was_open_for_long_undoes_nothing(visit, clinic_admin, colleague, address, name):
    stale = visit(clinic_admin).get(address)
    others = {key: value for key, value in OTHER_VALUES.items() if key != name}
    assert save(visit(colleague), address, **typed(others)).status_code == 302
    mine = {name: OTHER_VALUES[name]}
    assert visit(clinic_admin).post(address, filled(stale, **typed(mine))).status_code == 302
    saved = MessagesSettings.objects.get()
    assert {key: getattr(saved, key) for key in OTHER_VALUES} == OTHER_VALUES
    event = last_audit()
    assert (event.actor_id, set(event.details)) == (clinic_admin.pk, {name})


def test_an_old_form_without_a_change_changes_nothing(visit, clinic_admin, colleague, address):
    stale = visit(clinic_admin).get(address)
    save(visit(colleague), address, **typed(OTHER_VALUES))
    before = AuditEvent.objects.count()
    assert visit(clinic_admin).post(address, filled(stale)).status_code == 302
    assert AuditEvent.objects.count() == before


def test_of_two_changes_of_one_setting_the_second_is_asked_first(visit, clinic_admin, colleague, address):
    stale = visit(clinic_admin).get(address)
    save(visit(colleague), address, phone="555-0177", enabled=None)
    response = visit(clinic_admin).post(address, filled(stale, phone="555-0188", response_time="Soon."))
    assert response.status_code == 200
    [error] = texts(response, ".error-message")
    assert error == "Someone else has changed this to “555-0177”. Save again to replace it."
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.response_time, saved.enabled) == ("555-0177", "", False)
    assert visit(clinic_admin).post(address, filled(response)).status_code == 302
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.response_time, saved.enabled) == ("555-0188", "Soon.", False)
    assert last_audit().details["phone"] == {"from": "555-0177", "to": "555-0188"}


def test_the_same_change_twice_is_no_conflict(visit, clinic_admin, colleague, address):
    stale = visit(clinic_admin).get(address)
    save(visit(colleague), address, phone="555-0177")
    assert visit(clinic_admin).post(address, filled(stale, phone="555-0177")).status_code == 302


def test_a_mistake_in_an_old_form_undoes_nothing_either(visit, clinic_admin, colleague, address):
    stale = visit(clinic_admin).get(address)
    save(visit(colleague), address, enabled=None)
    response = visit(clinic_admin).post(address, filled(stale, phone="no number"))
    assert response.status_code == 200
    assert visit(clinic_admin).post(address, filled(response, phone="555-0188")).status_code == 302
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.enabled) == ("555-0188", False)


def test_a_script_may_post_the_values_alone(visit, clinic_admin, address):
    assert visit(clinic_admin).post(address, {"phone": "555-0177", "emergency_notice": ""}).status_code == 302
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.enabled, saved.patients_may_start) == ("555-0177", False, False)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//evil.example", "ftp://x.example", "contact"])
def test_a_link_leads_to_a_page(visit, clinic_admin, address, link):
    response = save(visit(clinic_admin), address, link=link)
    assert response.status_code == 200
    assert "begins with https:// or with a single /" in response.content.decode()
    assert MessagesSettings.objects.get().link == ""


def test_phone_and_link_are_shown_while_messages_is_off(visit, clinic_admin, address, patient):
    save(visit(clinic_admin), address, link="/building/", enabled=None)
    response = Visitor(patient).get("/messages/")
    assert response.status_code == 404
    assert [tag["href"] for tag in page(response).select("#vcm-reason a")] == ["tel:5550100", "/building/"]


def test_wagtail_logs_no_change_of_the_settings(visit, clinic_admin, address, other_clinic):
    """In the second clinic a cached content type would name another model: nothing may use it."""
    with schema_context(other_clinic):
        swap_content_types(MessagesSettings, AuditEvent)
        manager = create_member(None, username="manager")
        manager.groups.add(Group.objects.get(name=ADMINISTRATORS))
        path = f"{SETTINGS}{MessagesSettings.objects.get().pk}/"
    assert save(visit(clinic_admin), address, phone="555-0177").status_code == 302
    cached = ContentType.objects.get_for_model(MessagesSettings)
    assert save(Visitor(manager, other_clinic), path, phone="555-0277").status_code == 302
    for schema, before, after in (("alder", "555-0100", "555-0177"), ("birch", "555-0200", "555-0277")):
        with schema_context(schema):
            assert last_audit().details == {"phone": {"from": before, "to": after}}
            assert not ModelLogEntry.objects.exists()
    with schema_context(other_clinic):
        assert ContentType.objects.get(pk=cached.pk).model_class() is AuditEvent


def swap_content_types(*models):
    """Let the two models exchange the numbers of their content types in this schema."""
    first, second = (
        ContentType.objects.get(app_label=model._meta.app_label, model=model._meta.model_name)
        for model in models
    )
    ContentType.objects.filter(pk=first.pk).update(model="none")
    ContentType.objects.filter(pk=second.pk).update(model=first.model)
    ContentType.objects.filter(pk=first.pk).update(model=second.model)
    for permissions, to in [
        (list(Permission.objects.filter(content_type=each)), other)
        for each, other in ((first, second), (second, first))
    ]:
        Permission.objects.filter(pk__in=[each.pk for each in permissions]).update(content_type=to)
