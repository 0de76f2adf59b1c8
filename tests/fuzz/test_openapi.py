"""The running API against its own OpenAPI schema: no server error, no answer that it does not describe."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from django_tenants.utils import schema_context
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.isolation.conftest import Clinic, furnish
from tests.servers import Portal, serve, sign_in
from vclinic_messages.testing import create_member

SCHEMA = "/messages/api/v1/schema/?format=json"
CSRF = "c" * 32
EXAMPLES = 20
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = {
    "feature",
    "list_recipients",
    "list_conversations",
    "start_conversation",
    "conversation",
    "list_messages",
    "send_message",
    "mark_read",
    "no_answer_needed",
    "conversation_draft",
    "save_conversation_draft",
    "discard_conversation_draft",
    "list_drafts",
    "draft",
    "save_draft",
    "discard_draft",
    "undo_no_answer_needed",
    "assign",
    "writing",
    "absence",
    "set_absence",
    "end_absence",
    "reminders",
    "choose_reminders",
    "list_quick_replies",
    "live_state",
    "live_ticket",
}


@pytest.fixture
def clinic(committed: None) -> Clinic:
    return furnish("alder")


@pytest.fixture
def portal(clinic: Clinic) -> Any:
    with serve(MESSAGES_SENDS_PER_MINUTE="100000") as running:
        yield running


@pytest.fixture(params=["doctor", "patient", "stranger", "nobody"])
def caller(request: Any, portal: Portal, clinic: Clinic) -> dict[str, Any]:
    """Who calls: headers and cookies, with the token that changes need."""
    who = getattr(clinic, request.param, None)
    cookies = {"csrftoken": CSRF}
    with schema_context(clinic.schema):
        if request.param == "stranger":
            who = create_member(None)
        if who is not None:
            cookies["sessionid"] = sign_in(who)
    headers = {"Host": portal.host(clinic.schema), "X-CSRFToken": CSRF}
    return {"base_url": f"http://127.0.0.1:{portal.port}", "headers": headers, "cookies": cookies}


@pytest.fixture
def operations(portal: Portal, clinic: Clinic) -> dict[str, Any]:
    """Those of the schema that the portal serves, by name."""
    with schema_context(clinic.schema):
        session = sign_in(clinic.doctor)
    with portal.client(clinic.schema, session) as client:
        document = client.get(SCHEMA).json()
    schema = schemathesis.openapi.from_dict(document)
    found = [each.ok() for each in schema.get_all_operations()]
    return {each.definition.raw["operationId"]: each for each in found}


def test_every_answer_is_one_that_the_schema_describes(operations, caller, clinic):
    assert set(operations) == OPERATIONS
    for operation in operations.values():
        _explore(operation, caller, clinic)


def _explore(operation: Any, caller: dict[str, Any], clinic: Clinic) -> None:
    """Values that fit the schema and values that do not; half of them name what there is."""

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(_cases(operation)), is_real=st.booleans())
    def explore(case: Any, is_real: bool) -> None:
        if is_real:
            _name_what_there_is(case, clinic)
        case.validate_response(case.call(**caller), checks=CHECKS)

    explore()


def _name_what_there_is(case: Any, clinic: Clinic) -> None:
    """A conversation, a message and a person of the clinic in place of made-up ones."""
    if "conversation_id" in (case.path_parameters or {}):
        case.path_parameters["conversation_id"] = str(clinic.conversation.pk)
    if isinstance(case.body, dict):
        real = {"recipient": str(clinic.doctor.pk), "message": clinic.message, "seen": clinic.message}
        case.body |= {name: value for name, value in real.items() if name in case.body}


def _cases(operation: Any) -> list[Any]:
    found = [operation.as_strategy()]
    if operation.body or operation.query:
        found.append(operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))
    return found
