"""What clients get. The names are the contract's."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from vclinic_messages.models import Role

ROLES = Role.values


class Time(serializers.DateTimeField):
    """ISO 8601 with an offset, whatever the portal's DATETIME_FORMAT says."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="iso-8601", **options)


class PersonOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    description = serializers.CharField()


class MeOutput(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)


class NoticesOutput(serializers.Serializer[Any]):
    emergency = serializers.CharField()
    response_time = serializers.CharField()


class FeatureOutput(serializers.Serializer[Any]):
    enabled = serializers.BooleanField()
    me = MeOutput(required=False)
    can_start = serializers.BooleanField(required=False)
    unread_conversations = serializers.IntegerField(required=False)
    body_max_length = serializers.IntegerField(required=False)
    notices = NoticesOutput()


class ParticipantOutput(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    description = serializers.CharField()
    is_me = serializers.BooleanField()


class LastMessageOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    sender = serializers.CharField()
    excerpt = serializers.CharField()
    sent_at = Time()
    is_mine = serializers.BooleanField()


class RefusalOutput(serializers.Serializer[Any]):
    reason = serializers.CharField()
    detail = serializers.CharField()


class ConversationOutput(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    participants = ParticipantOutput(many=True)
    last_message = LastMessageOutput()
    unread_count = serializers.IntegerField()
    can_reply = serializers.BooleanField()
    cannot_reply = RefusalOutput(allow_null=True)
    created_at = Time()
    url = serializers.CharField(allow_null=True)


class SenderOutput(serializers.Serializer[Any]):
    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    is_me = serializers.BooleanField()


class MessageOutput(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    conversation = serializers.UUIDField()
    sender = SenderOutput()
    body = serializers.CharField()
    sent_at = Time()


class ReadOutput(serializers.Serializer[Any]):
    unread_conversations = serializers.IntegerField()


class EventOutput(serializers.Serializer[Any]):
    seq = serializers.IntegerField()
    conversation = serializers.UUIDField()
    url = serializers.CharField(allow_null=True)
    sender = serializers.CharField(allow_null=True)


class StateOutput(serializers.Serializer[Any]):
    cursor = serializers.IntegerField()
    unread_conversations = serializers.IntegerField()
    events = EventOutput(many=True)
    more = serializers.BooleanField()
    reset = serializers.BooleanField()
    stream = serializers.BooleanField()
    poll = serializers.IntegerField()


class TicketOutput(serializers.Serializer[Any]):
    url = serializers.CharField()
    expires_in = serializers.IntegerField()
