"""What a portal writes against Messages. mypy checks it; nothing runs it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_type
from uuid import UUID

from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.db.models import QuerySet
from django.dispatch import receiver

from vclinic_messages import actions
from vclinic_messages.directory import ClinicDirectory, Person
from vclinic_messages.errors import MessagesError
from vclinic_messages.live.asgi import LiveApplication, live_application
from vclinic_messages.models import Conversation, Message, MessagesSettings, Role
from vclinic_messages.selectors import users_to_notify
from vclinic_messages.signals import conversation_read, conversation_started, feature_switched, message_sent

application = live_application(get_asgi_application())
assert_type(application, LiveApplication)
stream_alone = live_application(None)


class PortalDirectory(ClinicDirectory):
    def role(self, user: User) -> Role | None:
        return Role.DOCTOR if user.is_staff else Role.PATIENT

    def describe(self, users: Iterable[Any]) -> list[Person]:
        found = User.objects.filter(pk__in=list(users))
        return [Person(id=str(user.pk), name=user.get_full_name(), role=self.role(user)) for user in found]

    def recipients(self, user: User, *, role: Role | None = None, search: str = "") -> QuerySet[User]:
        people = User.objects.filter(is_staff=True, last_name__startswith=search)
        return people.exclude(pk=user.pk).order_by("last_name", "pk")

    def may_administer(self, user: User) -> bool:
        return user.is_staff


def remind(patient: User, doctor: User) -> UUID:
    conversation = actions.start_conversation(sender=doctor, recipient=patient, body="Time for a check-up")
    assert_type(conversation, Conversation)
    message = actions.send_message(
        conversation=conversation, sender=doctor, body="Call us.", key="reminder-1", seen=None
    )
    assert_type(message, Message)
    unread = actions.mark_read(conversation=conversation.pk, reader=patient, up_to=message.pk)
    assert_type(unread, int)
    settings = actions.change_settings(actor=doctor, enabled=True, phone="555-0100")
    assert_type(settings, MessagesSettings)
    return conversation.pk


def remind_if_possible(patient: User, doctor: User) -> str | None:
    try:
        remind(patient, doctor)
    except MessagesError as error:
        return error.code
    return None


@receiver(conversation_started)
@receiver(message_sent)
def on_message(*, conversation: Conversation, message: Message, **_: Any) -> None:
    print(conversation.pk, message.sent_at.isoformat())
    keys = users_to_notify(message)
    assert_type(keys, list[Any])


@receiver(conversation_read)
def on_read(*, conversation: Conversation, reader: User, up_to: int, **_: Any) -> None:
    print(conversation.message_count, reader.get_username(), up_to)


@receiver(feature_switched)
def on_switch(*, enabled: bool, actor: User | None, **_: Any) -> None:
    print(enabled, actor.get_username() if actor else "a command")


def first_text(conversation: Conversation) -> str | None:
    message = Message.objects.filter(conversation=conversation).order_by("pk").first()
    assert_type(message, Message | None)
    return message.body if message else None
