"""Who may see our views of the Wagtail admin."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.http import Http404
from django.test import RequestFactory
from django.urls import reverse
from django_tenants.utils import schema_context

from example_project.people.groups import ADMINISTRATORS
from tests.pages.visitor import page, texts
from vclinic_messages.models import AuditEvent
from vclinic_messages.testing import switch_messages
from vclinic_messages.wagtail_admin.waiting_report import WaitingReport

REPORTS = {
    "waiting": "report_conversation",
    "activity": "report_conversation",
    "audit": "view_auditevent",
    "export_list": "export_conversation",
}
SETTINGS = "/cms/settings/vclinic_messages/messagessettings/"


def address(name, *args):
    return reverse(f"vclinic_messages_admin:{name}", args=args)


def every_address(conversation):
    for name in REPORTS:
        yield address(name)
        yield address(f"{name}_results")
        if name != "export_list":
            yield address(name) + "?export=csv"
            yield address(name) + "?export=xlsx"
    yield address("export", conversation.pk)
    yield SETTINGS


@pytest.mark.parametrize("who", ["patient", "doctor", "admin", "nobody"])
def test_roles_open_no_door_to_the_admin(visit, conversation, request, who):
    visitor = visit(request.getfixturevalue(who))
    for path in every_address(conversation):
        assert visitor.get(path)["Location"].startswith("/login/")


def test_an_editor_of_pages_is_sent_back_to_the_dashboard(visit, conversation, with_permissions):
    visitor = visit(with_permissions())
    for path in every_address(conversation):
        assert visitor.get(path, follow=True).redirect_chain[-1] == ("/cms/", 302), path


@pytest.mark.parametrize("own", sorted(set(REPORTS.values())))
def test_each_permission_opens_its_own_reports(visit, conversation, with_permissions, own):
    visitor = visit(with_permissions(own))
    for name, needed in REPORTS.items():
        for path in (address(name), address(f"{name}_results")):
            assert visitor.get(path).status_code == (200 if needed == own else 302), path
        spreadsheet = 404 if name == "export_list" else 200
        response = visitor.get(address(name) + "?export=csv")
        assert response.status_code == (spreadsheet if needed == own else 302), name
    opened = visitor.get(address("export", conversation.pk)).status_code
    assert opened == (200 if own == "export_conversation" else 302)
    assert visitor.get(SETTINGS, follow=True).redirect_chain[-1] == ("/cms/", 302)


def test_exporting_needs_its_permission(visit, conversation, with_permissions):
    visitor = visit(with_permissions("report_conversation", "view_auditevent", "change_messagessettings"))
    response = visitor.post(
        address("export", conversation.pk), {"reason": "The patient asked", "format": "json"}
    )
    assert response["Location"] == "/cms/"
    assert not AuditEvent.objects.filter(action="exported").exists()


def test_no_group_but_the_portals_own_may_export(clinic):
    found = Group.objects.filter(permissions__codename="export_conversation")
    assert [group.name for group in found] == [ADMINISTRATORS]


def test_the_permissions_can_be_given_in_wagtails_groups(visit, clinic_admin):
    clinic_admin.is_superuser = True
    clinic_admin.save()
    group = Group.objects.get(name=ADMINISTRATORS)
    response = visit(clinic_admin).get(f"/cms/groups/edit/{group.pk}/")
    offered = {field["value"] for field in page(response).select("input[name=permissions]")}
    ours = Permission.objects.filter(content_type__app_label="vclinic_messages")
    assert {str(permission.pk) for permission in ours} <= offered
    assert {permission.codename for permission in ours} == {
        *REPORTS.values(),
        "change_absence",
        "change_quickreply",
        "change_messagessettings",
        "change_team",
    }


def test_the_record_is_there_while_messages_is_off(visit, conversation, clinic_admin):
    switch_messages(False)
    visitor = visit(clinic_admin)
    for path in every_address(conversation):
        assert visitor.get(path, follow=True).status_code == 200


def test_a_conversation_of_another_clinic_is_not_here(visit, clinic_admin, other_clinic, conversation):
    path = address("export", "00000000-0000-4000-8000-000000000000")
    assert visit(clinic_admin).get(path).status_code == 404
    data = {"reason": "The patient asked", "format": "json"}
    assert visit(clinic_admin).post(path, data).status_code == 404


def test_there_are_no_reports_in_the_public_schema(clinic_admin):
    request = RequestFactory().get("/cms/reports/")
    request.user = clinic_admin
    clinic_admin.get_all_permissions()
    with schema_context("public"), pytest.raises(Http404):
        WaitingReport.as_view()(request)


def test_reports_are_offered_to_those_who_may_see_them(visit, clinic_admin, with_permissions):
    shown = visit(clinic_admin).get("/cms/").content.decode()
    for name in REPORTS:
        assert address(name) in shown
    shown = visit(with_permissions("view_auditevent")).get("/cms/").content.decode()
    assert address("audit") in shown
    assert address("waiting") not in shown


def test_nothing_of_the_admin_stays_in_caches(visit, clinic_admin, conversation):
    for name in REPORTS:
        assert "no-store" in visit(clinic_admin).get(address(name))["Cache-Control"]


def test_pages_contain_no_inline_script_of_ours(visit, clinic_admin, conversation):
    paths = ["/cms/", *(address(name) for name in REPORTS), address("export", conversation.pk)]
    for path in paths:
        for script in page(visit(clinic_admin).get(path, follow=True)).select("script:not([src])"):
            assert "vcm" not in script.get_text().replace("vcm-menu-item", "").replace("data-vcm-unread", "")
    response = visit(clinic_admin).get(SETTINGS, follow=True)
    assert texts(response, "[data-controller=vcm-preview] strong") == ["Not for emergencies."]


def test_no_other_site_learns_the_names_in_an_address(visit, conversation, clinic_admin, settings):
    """Whatever the portal sets: Django's default is the same, but a portal may want to tell others."""
    settings.SECURE_REFERRER_POLICY = "unsafe-url"
    for path in every_address(conversation):
        if path != SETTINGS:
            assert visit(clinic_admin).get(path)["Referrer-Policy"] == "same-origin", path
