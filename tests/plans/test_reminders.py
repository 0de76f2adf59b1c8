"""What it costs to find due reminders: little where many people have nothing unread."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_tenants.utils import schema_context

from tests.plans.conftest import SCHEMA, Person
from tests.plans.explain import Statement
from vclinic_messages.clinic_switch import clinic_settings
from vclinic_messages.models import Mailbox, Participant, Reminder
from vclinic_messages.reminders.due import claim_due

#: How many have nothing due, and what was read for the few who have.
NOTHING_DUE = 20_000
UNREAD = 10


@pytest.fixture
def statements(heavy: Person, light: Person) -> dict[str, Statement]:
    """What a run asks, carried out, where only a patient with a few conversations has something unread."""
    with schema_context(SCHEMA), transaction.atomic(), connection.cursor() as cursor:
        people = User.objects.bulk_create(User(username=f"idle-{number}") for number in range(NOTHING_DUE))
        idle = Mailbox.objects.bulk_create(Mailbox(user=each, name=each.username) for each in people)
        Reminder.objects.bulk_create(Reminder(mailbox=each, sent_at=timezone.now()) for each in idle)
        Participant.objects.filter(unread_count__gt=0).update(unread_count=0)
        few = Participant.objects.filter(mailbox__user=light.user).order_by("pk")[:UNREAD]
        Participant.objects.filter(pk__in=[each.pk for each in few]).update(
            unread_count=1, last_read_message=None
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ANALYZE vclinic_messages_mailbox, vclinic_messages_participant, vclinic_messages_reminder"
        )
        settings = clinic_settings()
        assert settings is not None
        with CaptureQueriesContext(connection) as captured:
            assert len(claim_due(settings, timezone.now() + timedelta(hours=1))) == 1
        sent = [each["sql"] for each in captured.captured_queries if "last_read_at" in each["sql"]]
        Reminder.objects.filter(mailbox__user=light.user).delete()
        found = {sql.split(maxsplit=1)[0]: Statement.explained(sql) for sql in sent}
        transaction.set_rollback(True)
    return found


def test_due_reminders_are_found_by_what_is_unread(statements: dict[str, Statement]) -> None:
    assert set(statements) == {"INSERT", "WITH"}
    for statement in statements.values():
        assert "vcm_participant_unread" in statement.indexes
        read = {
            table: statement.read(f"vclinic_messages_{table}")
            for table in ("participant", "mailbox", "reminder")
        }
        assert max(read.values()) < 10 * UNREAD, read
