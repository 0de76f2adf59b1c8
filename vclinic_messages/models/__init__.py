"""The tables of Messages, in every clinic's own schema."""

from vclinic_messages.models.audit import AuditEvent
from vclinic_messages.models.conversations import Conversation, Participant, Role
from vclinic_messages.models.mailboxes import Mailbox
from vclinic_messages.models.messages import BODY_MAX_LENGTH, Message
from vclinic_messages.models.settings import MessagesSettings

__all__ = [
    "BODY_MAX_LENGTH",
    "AuditEvent",
    "Conversation",
    "Mailbox",
    "Message",
    "MessagesSettings",
    "Participant",
    "Role",
]
