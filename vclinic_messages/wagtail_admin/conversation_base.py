"""Provide what the pages about one conversation share: the 404, the names and the way back to the report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.http import Http404, HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import pgettext
from wagtail.admin.views.generic import WagtailAdminTemplateMixin

from vclinic_messages.models import Role
from vclinic_messages.selectors import report_rows
from vclinic_messages.selectors.namesakes import KnownPerson, people_in
from vclinic_messages.wagtail_admin.access import ClinicAdminMixin
from vclinic_messages.wagtail_admin.names import people_names


class HasPeople(Protocol):
    """A conversation with its people."""

    pk: UUID
    people: list[KnownPerson]


class ConversationRow(Protocol):
    """A row of ``all_conversations()``, with its people."""

    pk: UUID
    people: list[KnownPerson]
    created_at: datetime
    last_sent_at: datetime
    waiting_since: datetime | None
    message_count: int


class ConversationView(ClinicAdminMixin, WagtailAdminTemplateMixin):
    """A page about one conversation that is reached from a report."""

    report_url_name: str
    report_title: str | Promise

    def conversation(self, conversation_id: UUID) -> ConversationRow:
        """Return the conversation with its names. Raises Http404."""
        conversations = report_rows.with_waiting(report_rows.all_conversations())
        found: ConversationRow | None = conversations.filter(pk=conversation_id).first()
        if found is None:
            raise Http404
        add_people([found])
        return found

    def show(self, conversation: ConversationRow, **context: object) -> HttpResponseBase:
        """Return the page with the names of the conversation's participants."""
        response: HttpResponseBase = self.render_to_response(
            self.get_context_data(
                conversation=conversation,
                patient=people_names(patient_of(conversation)) or pgettext("vclinic_messages", "Staff only"),
                staff=people_names(staff_of(conversation)),
                **context,
            )
        )
        return response

    def get_breadcrumbs_items(self) -> list[dict[str, str | Promise]]:
        report = {"url": reverse(self.report_url_name), "label": self.report_title}
        return [*self.breadcrumbs_items, report, {"url": "", "label": self.page_title}]


def add_people(conversations: Sequence[HasPeople]) -> None:
    """Add ``people`` to each of these conversations."""
    found = people_in(each.pk for each in conversations)
    for each in conversations:
        each.people = found.get(each.pk, [])


def patient_of(conversation: HasPeople) -> list[KnownPerson]:
    """Return the patient; nobody if only staff take part."""
    return [each for each in conversation.people if each.role is Role.PATIENT]


def staff_of(conversation: HasPeople) -> list[KnownPerson]:
    """Return everybody else."""
    return [each for each in conversation.people if each.role is not Role.PATIENT]
