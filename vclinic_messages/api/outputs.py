"""What clients get. They rely on the names."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from vclinic_messages.models import Role
from vclinic_messages.selectors import TeamRecipient

ROLES = Role.values


class Time(serializers.DateTimeField):
    """ISO 8601 with an offset, whatever the portal's DATETIME_FORMAT says."""

    def to_representation(self, value: datetime) -> str:
        return value.astimezone(timezone.get_current_timezone()).isoformat().replace("+00:00", "Z")


#: Kinds of fields that write values of a Python type unchanged.
_PLAIN = {serializers.CharField: str, serializers.IntegerField: int, serializers.BooleanField: bool}


class Output(serializers.Serializer[Any]):
    """A serializer that writes the same as DRF's, in less than half the time.

    How to write each field is determined once per class. Only for fields that are read by their own names.
    """

    def to_representation(self, instance: object) -> dict[str, Any]:
        """Return the JSON values of an object, or of a dictionary that may lack optional fields."""
        writers = _writers(type(self))
        if isinstance(instance, dict):
            values = {name: instance[name] for name in writers if name in instance}
        else:
            values = {name: getattr(instance, name) for name in writers}
        written = {}
        for name, value in values.items():
            plain, write = writers[name]
            written[name] = value if value is None or type(value) is plain else write(value)
        return written


@cache
def _writers(output: type[Output]) -> dict[str, tuple[type | None, Callable[[Any], object]]]:
    fields = {name: field for name, field in output().fields.items() if not field.write_only}
    return {name: (_PLAIN.get(type(field)), _write(field)) for name, field in fields.items()}


def _write(field: serializers.Field[Any, Any, Any, Any]) -> Callable[[Any], object]:
    return str if isinstance(field, serializers.ChoiceField) else field.to_representation


class PersonOutput(Output):
    """A person of the clinic."""

    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    description = serializers.CharField()


class InsteadOutput(PersonOutput):
    """Whom to write to instead of somebody who is away."""

    kind = serializers.ChoiceField(["person", "team"])
    members = serializers.ListField(child=serializers.CharField(), required=False)

    def to_representation(self, instance: object) -> dict[str, Any]:
        """Return the person or team as ``recipients/`` lists them."""
        if isinstance(instance, TeamRecipient):
            return {**PersonOutput(instance).data, "kind": "team", "members": list(instance.members)}
        return {**PersonOutput(instance).data, "kind": "person"}


class AwayOutput(Output):
    """Away today. ``until`` is the first day back, ``instead`` whom this viewer may write to."""

    until = serializers.DateField(allow_null=True)
    instead = InsteadOutput(allow_null=True)


class AbsenceOutput(Output):
    """My own absence, of now or planned. ``until`` is the first day back."""

    until = serializers.DateField(allow_null=True)
    instead = serializers.CharField(allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields. ``from`` cannot be the name of an attribute."""
        return {"from": serializers.DateField(), **super().get_fields()}


class OpenOutput(Output):
    """Whether the clinic is open. ``next`` is when it closes or opens next."""

    now = serializers.BooleanField()
    next = Time(allow_null=True)


class RecipientOutput(PersonOutput):
    """A person or a team. ``members`` are the names of those who read what is written to a team."""

    kind = serializers.ChoiceField(["person", "team"])
    members = serializers.ListField(child=serializers.CharField(), required=False)
    away = AwayOutput(allow_null=True)


class MeOutput(Output):
    """The person who asks."""

    id = serializers.CharField()
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)


class NoticesOutput(Output):
    """Texts of the clinic to show wherever somebody writes. Empty if it has none."""

    emergency = serializers.CharField()
    response_time = serializers.CharField()


class RemindersOutput(Output):
    """Whether the person is reminded by e-mail."""

    email = serializers.BooleanField()


class QuickReplyOutput(Output):
    """A text to insert. ``language`` is that of the text; empty if it does not matter."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    body = serializers.CharField()
    language = serializers.CharField()


class MailboxOutput(Output):
    """A mailbox that I read: my own (``me``), or a team's.

    Staff see how many conversations wait for an answer.
    """

    id = serializers.CharField()
    name = serializers.CharField()
    unread_conversations = serializers.IntegerField()
    waiting_conversations = serializers.IntegerField()


class FeatureOutput(Output):
    """Whether Messages is on, and who I am in it.

    While it is off there are only ``enabled`` and ``notices``.
    """

    enabled = serializers.BooleanField()
    me = MeOutput(required=False)
    can_start = serializers.BooleanField(required=False)
    unread_conversations = serializers.IntegerField(required=False)
    waiting_conversations = serializers.IntegerField(required=False)
    mailboxes = MailboxOutput(many=True, required=False)
    body_max_length = serializers.IntegerField(required=False)
    notices = NoticesOutput()
    open = OpenOutput(allow_null=True, required=False)


class ParticipantOutput(Output):
    """A participant of a conversation. ``id`` is null if the account is gone."""

    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    description = serializers.CharField()
    is_me = serializers.BooleanField()
    away = AwayOutput(allow_null=True)


class LastMessageOutput(Output):
    """The newest message, as a list shows it: the beginning of its text on one line."""

    id = serializers.IntegerField()
    sender = serializers.CharField()
    excerpt = serializers.CharField()
    sent_at = Time()
    is_mine = serializers.BooleanField()


class RefusalOutput(Output):
    """Why I cannot write here. ``reason`` is for programs, ``detail`` says what to do instead."""

    reason = serializers.CharField()
    detail = serializers.CharField()


class DraftOutput(Output):
    """What I have typed and not sent. Each save gets a higher version."""

    body = serializers.CharField()
    version = serializers.IntegerField()
    saved_at = Time()


class NewDraftOutput(DraftOutput):
    """A draft of a new message. ``recipient`` is null if none was chosen yet."""

    recipient = serializers.CharField(allow_null=True)
    recipient_name = serializers.CharField()


class DraftExcerptOutput(Output):
    """That I have a draft here, and how it begins."""

    excerpt = serializers.CharField()
    saved_at = Time()


class TeamOutput(Output):
    """A team. ``members`` are the names of those who read the conversation now."""

    id = serializers.CharField()
    name = serializers.CharField()
    members = serializers.ListField(child=serializers.CharField())


class ColleagueOutput(Output):
    """The member of the team who has taken the conversation."""

    id = serializers.CharField()
    name = serializers.CharField()


class WritingOutput(Output):
    """A colleague who is writing just now."""

    name = serializers.CharField()


class MatchOutput(Output):
    """The newest message that the search found.

    Each range has the first and the last position of found letters in the excerpt, as code points;
    the last is not included.
    """

    message = serializers.IntegerField()
    sender = serializers.CharField()
    is_mine = serializers.BooleanField()
    excerpt = serializers.CharField()
    ranges = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))


class ConversationOutput(Output):
    """A conversation as I see it. ``url`` is the path of its page in the portal."""

    id = serializers.UUIDField()
    participants = ParticipantOutput(many=True)
    team = TeamOutput(allow_null=True)
    assigned_to = ColleagueOutput(allow_null=True)
    writing = WritingOutput(many=True)
    last_message = LastMessageOutput()
    unread_count = serializers.IntegerField()
    can_reply = serializers.BooleanField()
    cannot_reply = RefusalOutput(allow_null=True)
    draft = DraftExcerptOutput(allow_null=True)
    created_at = Time()
    match = MatchOutput(allow_null=True)
    url = serializers.CharField(allow_null=True)


class SenderOutput(Output):
    """Who wrote a message, as they were called then. ``id`` is null if the account is gone."""

    id = serializers.CharField(allow_null=True)
    name = serializers.CharField()
    role = serializers.ChoiceField(ROLES)
    is_me = serializers.BooleanField()


class ForTeamOutput(Output):
    """The team for which somebody wrote."""

    id = serializers.CharField()
    name = serializers.CharField()


class MessageOutput(Output):
    """A message. Its text never changes. ``sent_at`` is ISO 8601 with an offset."""

    id = serializers.IntegerField()
    conversation = serializers.UUIDField()
    sender = SenderOutput()
    for_team = ForTeamOutput(allow_null=True)
    body = serializers.CharField()
    sent_at = Time()


class ReadOutput(Output):
    """How many of my conversations are still unread."""

    unread_conversations = serializers.IntegerField()


class EventOutput(Output):
    """A conversation with something new from somebody else.

    ``sender`` is null if the portal does not tell names.
    """

    message = serializers.IntegerField()
    conversation = serializers.UUIDField()
    url = serializers.CharField(allow_null=True)
    sender = serializers.CharField(allow_null=True)


class StateOutput(Output):
    """What is new.

    With ``more``, ask again at once; after ``reset``, forget the old cursor. ``poll`` is the number
    of seconds until the next question.
    """

    cursor = serializers.CharField()
    unread_conversations = serializers.IntegerField()
    events = EventOutput(many=True)
    more = serializers.BooleanField()
    reset = serializers.BooleanField()
    stream = serializers.BooleanField()
    poll = serializers.IntegerField()


class TicketOutput(Output):
    """Where to open a stream, and within how many seconds."""

    url = serializers.CharField()
    expires_in = serializers.IntegerField()
