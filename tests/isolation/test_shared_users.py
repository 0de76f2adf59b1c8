"""Clinics that share their users: a clinic admin of one clinic is nobody in the Wagtail admin of another.

Shared users have the same keys and permissions in every clinic. Here both clinics have such a user, and the
settings say that users are shared.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django_tenants.utils import schema_context

from example_project.people.groups import ADMINISTRATORS
from tests.isolation.addresses import addresses, filled
from tests.options import set_options
from tests.pages.visitor import Visitor
from vclinic_messages import actions, policies
from vclinic_messages.models import AuditEvent, MessagesSettings
from vclinic_messages.testing import create_member

SETTINGS = "/cms/settings/vclinic_messages/messagessettings/"
CMS = [route for route in addresses() if route.startswith("cms/")]
RULES = (
    policies.may_see_reports,
    policies.may_see_audit,
    policies.may_export,
    policies.may_change_settings,
    policies.may_remove_from_waiting_list,
)
DIRECTORIES = {
    "by membership": "tests.directory.portals.AlderAdministers",
    "without an answer": "example_project.people.directory.PortalDirectory",
}


@pytest.fixture
def shared(settings: Any) -> Any:
    settings.SHARED_APPS = [*settings.SHARED_APPS, "django.contrib.auth"]
    settings.TENANT_APPS = [name for name in settings.TENANT_APPS if name != "django.contrib.auth"]
    return settings


def clinic_admin(schema: str, **values: Any) -> Any:
    with schema_context(schema):
        user = create_member(None, id=7003, username="rivadmin", **values)
        user.groups.add(Group.objects.get(name=ADMINISTRATORS))
        return user


@pytest.fixture(params=["user", "superuser"])
def admins(request, alder, birch) -> dict[str, Any]:
    """The one user, as each clinic sees them."""
    values = {"is_superuser": request.param == "superuser"}
    return {schema: clinic_admin(schema, **values) for schema in ("alder", "birch")}


def answers(user: Any, clinic: Any) -> list[tuple[str, Any]]:
    """Ask for all our pages of the Wagtail admin, as a page and as a file."""
    visitor = Visitor(user, clinic.schema)
    found, key = [], clinic.conversation.pk
    with schema_context(clinic.schema):
        settings_id = MessagesSettings.objects.get().pk
    for route in CMS:
        path = filled(route, conversation_id=key, team_id=key, absence_id=1, reply_id=1, pk=settings_id)
        found += [(path, visitor.get(path)), (f"{path}?export=csv", visitor.get(f"{path}?export=csv"))]
        for file in ("html", "json", "fhir"):
            found.append((f"{path} {file}", visitor.post(path, {"reason": "A request", "format": file})))
    path = f"{SETTINGS}{settings_id}/"
    found += [(SETTINGS, visitor.get(SETTINGS, follow=True)), (path, visitor.get(path))]
    found.append((f"{path} save", visitor.post(path, {"phone": "555-0666"})))
    found.append(("/cms/", visitor.get("/cms/")))
    return found


def text(response: Any) -> str:
    streamed = getattr(response, "streaming_content", None)
    return (b"".join(streamed) if streamed is not None else response.content).decode(errors="replace")


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_an_admin_of_another_clinic_gets_nothing(shared, admins, birch, directory):
    set_options(shared, DIRECTORY=DIRECTORIES[directory])
    before = birch.rows()
    for path, response in answers(admins["birch"], birch):
        # Wagtail sends whoever has no permission to its dashboard.
        is_refused = response.status_code in (302, 403, 405) or path in ("/cms/", SETTINGS)
        assert is_refused, (path, response.status_code)
        shown = text(response)
        assert "of birch" not in shown, path
        assert "/cms/messages/" not in shown, path
        assert "messagessettings" not in shown, path
        assert "vclinic-messages" not in shown, path
    assert birch.rows() == before
    with schema_context("birch"):
        assert MessagesSettings.objects.get().phone != "555-0666"
        assert not AuditEvent.objects.filter(actor=7003).exists()
        assert not any(rule(admins["birch"]) for rule in RULES)


def test_the_admin_has_everything_in_their_own_clinic(shared, admins, alder):
    set_options(shared, DIRECTORY=DIRECTORIES["by membership"])
    found = dict(answers(admins["alder"], alder))
    with schema_context("alder"):
        assert all(rule(admins["alder"]) for rule in RULES)
    export = f"/cms/messages/export/{alder.conversation.pk}/"
    for file in ("html", "json", "fhir"):
        assert found[f"{export} {file}"].status_code == 200
    assert "Secret of alder" in text(found[f"{export} json"])
    assert found["/cms/messages/waiting/"].status_code == 200
    assert "of alder" in text(found["/cms/messages/waiting/"])
    assert found["/cms/messages/audit/"].status_code == 200
    assert 'name="phone"' in text(found[SETTINGS])
    dashboard = text(found["/cms/"])
    assert "/cms/messages/waiting/" in dashboard
    assert "messagessettings" in dashboard


def test_actions_refuse_an_admin_of_another_clinic(shared, admins, birch):
    """Code that calls the actions itself gets no further than the pages."""
    set_options(shared, DIRECTORY=DIRECTORIES["by membership"])
    user, conversation = admins["birch"], birch.conversation
    with schema_context("birch"):
        with pytest.raises(PermissionDenied):
            actions.remove_from_waiting_list(actor=user, conversation=conversation)
        with pytest.raises(PermissionDenied):
            actions.export_conversation(
                actor=user, conversation=conversation, reason="A request", format="json"
            )


def test_where_each_clinic_has_its_own_users_the_permission_decides(admins, birch):
    found = dict(answers(admins["birch"], birch))
    assert "of birch" in text(found["/cms/messages/waiting/"])
    assert 'name="phone"' in text(found[SETTINGS])
