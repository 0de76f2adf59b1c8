"""The page of the clinic's settings."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from django_tenants.utils import schema_context
from wagtail.models import ModelLogEntry

from example_project.people.groups import ADMINISTRATORS
from tests.actions.snapshot import last_audit
from tests.pages.visitor import Visitor, only, page, texts
from tests.wagtail_admin.test_access import SETTINGS
from vclinic_messages import actions
from vclinic_messages.models import AuditEvent, MessagesSettings
from vclinic_messages.testing import create_member
from vclinic_messages.wagtail_admin.settings_panels import edit_handler

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
    for chosen in only(response, FORM).select("select[name] option[selected]"):
        values[chosen.find_parent("select")["name"]] = chosen["value"]
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
        "Without opening hours nothing is shown.",
        "Messages is not available at Alder Clinic. Call . Other ways to reach the clinic",
    ]
    assert only(response, "[data-vcm-part=link]").has_attr("hidden")
    assert [only(response, f"#id_{name}")["dir"] for name in ("emergency_notice", "response_time")] == [
        "auto"
    ] * 2
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


def test_validating_the_form_saves_nothing(clinic, clinic_admin):
    form = edit_handler.bind_to_model(MessagesSettings).get_form_class()(
        {"phone": "555-0199"}, instance=MessagesSettings.objects.get(), for_user=clinic_admin
    )
    assert form.is_valid()
    assert MessagesSettings.objects.get().phone == "555-0100"
    assert form.save().phone == MessagesSettings.objects.get().phone == "555-0199"


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
    "emergency_notice_translations": {"de": "Rufen Sie 112 an.\nWarten Sie dann.", "ar": "اتصل بالرقم 112."},
    "response_time": "By tomorrow.",
    "response_time_translations": {"de": "Bis morgen."},
    "phone": "555-0177",
    "link": "/contact/",
    "patients_may_start": False,
    "patients_may_write_to_doctors": False,
    "read_receipts": True,
    "reminders": True,
    "reminder_minutes": 30,
    "quiet_from": 20,
    "quiet_until": 6,
    "reminders_name_clinic": False,
    "retention_years": 10,
    "retention_removes_all": True,
    "time_zone": "Europe/Lisbon",
    "opening_hours": [{"day": 0, "from": "08:00", "to": "12:00"}],
    "closed_days": [{"first": "2026-12-24", "last": "2026-12-26", "reason": "Christmas"}],
}


def typed(values):
    fields = {}
    for name, value in values.items():
        if name == "opening_hours":
            fields |= {f"{name}-0-0-{part}": value[0][part] for part in ("from", "to")}
        elif name == "closed_days":
            fields |= {f"{name}-0-{part}": text for part, text in value[0].items()}
        elif isinstance(value, dict):
            fields |= {f"{name}:{language}": text for language, text in value.items()}
        elif isinstance(value, bool):
            fields[name] = "on" if value else None
        else:
            fields[name] = value
    return fields


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


def test_a_notice_in_another_language(visit, clinic_admin, address, patient):
    texts_typed = {"emergency_notice_translations:de": "Rufen Sie 112 an.", "response_time": "Two days."}
    assert save(visit(clinic_admin), address, **texts_typed).status_code == 302
    assert MessagesSettings.objects.get().emergency_notice_translations == {"de": "Rufen Sie 112 an."}
    german = Visitor(patient).get("/messages/", headers={"Accept-Language": "de"})
    notice = only(german, "#vcm-notice")
    parts = [(part["lang"], part.get_text()) for part in notice.select("span[lang]")]
    assert parts == [("de", "Rufen Sie 112 an."), ("en-us", "Two days.")]
    arabic = Visitor(patient).get("/messages/", headers={"Accept-Language": "ar"})
    assert "In an emergency call 911." in only(arabic, "#vcm-notice").get_text()


def test_a_notice_that_is_too_long_in_one_language(visit, clinic_admin, address):
    typed_texts = {"response_time_translations:fr": "x" * 201, "response_time_translations:de": "x" * 200}
    response = save(visit(clinic_admin), address, **typed_texts)
    assert texts(response, ".error-message") == ["Français: enter at most 200 characters."]


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


# Opening hours and closed days


def hours(*rows):
    """Return what is posted for these rows of day, which of its two times, from, to."""
    return {
        f"opening_hours-{day}-{number}-{part}": text
        for day, number, opens, closes in rows
        for part, text in (("from", opens), ("to", closes))
    }


def test_hours_are_saved_with_a_break_and_recorded(visit, clinic_admin, address):
    rows = hours((0, 0, "08:00", "12:00"), (0, 1, "13:00", "17:30"), (4, 0, "08:00", "16:00"))
    assert save(visit(clinic_admin), address, **rows).status_code == 302
    saved = MessagesSettings.objects.get().opening_hours
    assert saved == [
        {"day": 0, "from": "08:00", "to": "12:00"},
        {"day": 0, "from": "13:00", "to": "17:30"},
        {"day": 4, "from": "08:00", "to": "16:00"},
    ]
    assert last_audit().details == {"opening_hours": {"from": [], "to": saved}}
    shown = visit(clinic_admin).get(address)
    assert only(shown, "[name=opening_hours-0-1-to]")["value"] == "17:30"
    assert save(visit(clinic_admin), address, **hours((0, 1, "", ""))).status_code == 302
    assert len(MessagesSettings.objects.get().opening_hours) == 2
    trail = visit(clinic_admin).get("/cms/messages/audit/").content.decode()
    assert "Monday 08:00–12:00; Monday 13:00–17:30; Friday 08:00–16:00" in trail


@pytest.mark.parametrize(
    ("rows", "said", "wrong"),
    [
        (hours((2, 0, "12:00", "08:00")), "“To” must come after “From”.", "0-to"),
        (hours((2, 0, "08:00", "")), "Enter both times, or none.", "0-to"),
        (hours((2, 1, "", "17:00")), "Enter both times, or none.", "1-from"),
        (
            hours((2, 0, "08:00", "13:00"), (2, 1, "12:00", "17:00")),
            "The second time of a day",
            "1-from",
        ),
    ],
)
def test_times_that_cannot_be_are_said_at_their_day(visit, clinic_admin, address, rows, said, wrong):
    response = save(visit(clinic_admin), address, **rows)
    assert response.status_code == 200
    assert said in only(response, "#opening_hours-2-problem").get_text()
    marked = page(response).select("[name^=opening_hours-][aria-invalid]")
    assert [each["name"] for each in marked] == [f"opening_hours-2-{wrong}"]
    assert marked[0]["aria-describedby"] == "opening_hours-2-problem"
    assert not MessagesSettings.objects.get().opening_hours


@pytest.mark.parametrize(
    "broken",
    [
        "{",
        "[" * 100_000,
        "7",
        "[1]",
        '{"es": 5}',
        '[{"day": 0}]',
        '[{"day": "x", "from": 5, "to": []}]',
        '[{"first": 1, "last": null, "reason": 2}]',
        "\0",
    ],
)
def test_hidden_fields_that_somebody_has_broken_are_no_failure(visit, clinic_admin, address, broken):
    visitor = visit(clinic_admin)
    typed = {**hours((2, 0, "12:00", "08:00")), "phone": "555-0177"}
    hidden = {name: broken for name in filled(visitor.get(address)) if name.startswith("initial-")}
    assert "initial-opening_hours" in hidden and "initial-emergency_notice_translations" in hidden
    assert save(visitor, address, **hidden, **typed).status_code == 200
    saved = save(visitor, address, **hidden, phone="555-0177")
    assert saved.status_code in (200, 302)


@pytest.mark.parametrize(
    "name",
    ["emergency_notice", "emergency_notice_translations:es", "phone", "closed_days-0-reason", "time_zone"],
)
def test_a_character_that_cannot_be_stored_is_said_at_the_form(visit, clinic_admin, address, name):
    day = {"closed_days-0-first": "2026-12-24", "closed_days-0-last": "2026-12-24"}
    response = save(visit(clinic_admin), address, **{**day, name: "a\0b"})
    assert response.status_code == 200
    assert page(response).select(".error-message")
    assert not MessagesSettings.objects.get().closed_days


def test_times_of_another_zone_are_said_at_their_day(visit, clinic_admin, address):
    response = save(visit(clinic_admin), address, **hours((2, 0, "08:00+01:00", "17:00")))
    assert only(response, "#opening_hours-2-problem").get_text()
    assert not MessagesSettings.objects.get().opening_hours


def test_the_preview_shows_hours_that_are_not_saved(visit, clinic_admin, with_permissions):
    preview = "/cms/messages/hours-preview/"
    visitor = visit(clinic_admin)

    def shown(**rows):
        return " ".join(page(visitor.post(preview, rows)).get_text().split())

    always = hours(*((day, 0, "00:00", "00:00") for day in range(7)))
    today = timezone.localdate().isoformat()
    assert "Without opening hours nothing is shown." in shown()
    assert "The clinic is open, so nothing is shown." in shown(**always)
    closed = {"closed_days-0-first": today, "closed_days-0-last": "", "closed_days-0-reason": ""}
    assert "The clinic is closed. Messages are read again" in shown(**always, **closed)
    assert "These opening hours cannot be saved yet." in shown(**hours((2, 0, "08:00", "")))
    assert not MessagesSettings.objects.get().opening_hours
    assert visit(with_permissions("report_conversation")).post(preview, always).status_code == 302


def test_a_script_that_posts_no_hours_leaves_them(visit, clinic_admin, address):
    hours_now = [{"day": 0, "from": "08:00", "to": "12:00"}]
    actions.change_settings(opening_hours=hours_now, time_zone="Europe/Lisbon")
    assert visit(clinic_admin).post(address, {"enabled": "on", "phone": "555-0177"}).status_code == 302
    saved = MessagesSettings.objects.get()
    assert (saved.phone, saved.opening_hours, saved.time_zone) == ("555-0177", hours_now, "Europe/Lisbon")


def test_closed_days_are_added_and_removed(visit, clinic_admin, address):
    rows = {"closed_days-0-first": "2026-12-24", "closed_days-0-last": "2026-12-26"}
    rows |= {"closed_days-0-reason": "Christmas", "closed_days-1-first": "2026-12-01"}
    assert save(visit(clinic_admin), address, **rows).status_code == 302
    assert MessagesSettings.objects.get().closed_days == [
        {"first": "2026-12-01", "last": "2026-12-01", "reason": ""},
        {"first": "2026-12-24", "last": "2026-12-26", "reason": "Christmas"},
    ]
    assert save(visit(clinic_admin), address, **{"closed_days-0-remove": "1"}).status_code == 302
    [left] = MessagesSettings.objects.get().closed_days
    assert left["reason"] == "Christmas"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"first": "2026-12-24", "last": "2026-12-23"}, "The last day must not come before the first day."),
        ({"first": "", "last": "2026-12-23"}, "Enter the first day."),
    ],
)
def test_days_that_cannot_be_are_said_at_their_row(visit, clinic_admin, address, row, said):
    rows = {f"closed_days-0-{part}": text for part, text in row.items()}
    response = save(visit(clinic_admin), address, **rows)
    assert only(response, "#closed_days-0-problem").get_text() == said
    assert not MessagesSettings.objects.get().closed_days


def test_the_preview_says_what_patients_see_now(visit, clinic_admin, address):
    always = [{"day": day, "from": "00:00", "to": "00:00"} for day in range(7)]
    actions.change_settings(opening_hours=always)
    assert "The clinic is open, so nothing is shown." in texts(
        visit(clinic_admin).get(address), ".vcm-preview__text"
    )
    actions.change_settings(closed_days=[{"first": "2000-01-01", "last": "2999-01-01", "reason": "Moved"}])
    shown = texts(visit(clinic_admin).get(address), ".vcm-preview__text")
    assert "The clinic is closed. Messages are read when it opens again." in shown
