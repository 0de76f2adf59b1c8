"""The tables of Messages, in every clinic's own schema."""

from vclinic_messages.models.absences import Absence, Period
from vclinic_messages.models.audit import AuditEvent
from vclinic_messages.models.conversations import Conversation, Participant
from vclinic_messages.models.drafts import Draft
from vclinic_messages.models.mailboxes import Mailbox, Team, TeamMember
from vclinic_messages.models.messages import BODY_MAX_LENGTH, Message, MessageWords
from vclinic_messages.models.quick_replies import QuickReply
from vclinic_messages.models.reminders import Reminder
from vclinic_messages.models.roles import STAFF_ROLES, Role
from vclinic_messages.models.settings import MessagesSettings

__all__ = [
    "BODY_MAX_LENGTH",
    "STAFF_ROLES",
    "Absence",
    "AuditEvent",
    "Conversation",
    "Draft",
    "Mailbox",
    "Message",
    "MessageWords",
    "MessagesSettings",
    "Participant",
    "Period",
    "QuickReply",
    "Reminder",
    "Role",
    "Team",
    "TeamMember",
]
