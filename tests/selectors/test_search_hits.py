"""Where a message is among the hits of its conversation."""

from __future__ import annotations

from django.db import connection

from vclinic_messages.models import Message
from vclinic_messages.selectors import Hits, hits_around
from vclinic_messages.testing import create_conversation


def test_the_hits_around_a_hit(patient, doctor):
    conversation = create_conversation(patient, doctor, "Rash", "Fever", "A rash", "The rash")
    first, other, second, third = Message.objects.order_by("pk").values_list("pk", flat=True)
    assert hits_around(conversation.pk, "rash", first) == Hits(1, 3, None, second)
    assert hits_around(conversation.pk, "rash", second) == Hits(2, 3, first, third)
    assert hits_around(conversation.pk, "rash", third) == Hits(3, 3, second, None)
    assert hits_around(conversation.pk, "rash", other) is None
    assert hits_around(conversation.pk, "?", first) is None


def test_of_many_hits_only_one_row_is_read(patient, doctor):
    conversation = create_conversation(patient, doctor, *["A rash"] * 10)
    numbers = []

    def count(execute, sql, params, many, context):
        result = execute(sql, params, many, context)
        numbers.append(context["cursor"].rowcount)
        return result

    with connection.execute_wrapper(count):
        assert hits_around(conversation.pk, "rash", conversation.last_message_id)
    assert numbers == [1]
