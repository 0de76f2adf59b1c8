"""The only code that writes.

Every action is one transaction. It checks the clinic, the switch, the person and the input itself, and raises
a coded error of ``vclinic_messages.errors`` before anything is saved. Database errors become coded errors
too. Signals are sent after the commit.

Every writer locks in the same order: the conversation, mailboxes by id, participants. See ``mailbox_locks``.
"""

from vclinic_messages.actions.accounts import sever_mailboxes
from vclinic_messages.actions.auditing import open_conversation, prune_audit
from vclinic_messages.actions.counters import verify_counters
from vclinic_messages.actions.ending_streams import end_streams
from vclinic_messages.actions.exporting import download_conversation, export_conversation, print_conversation
from vclinic_messages.actions.reading import mark_read
from vclinic_messages.actions.refolding import refold
from vclinic_messages.actions.sending import send_message, start_conversation
from vclinic_messages.actions.switching import change_settings
from vclinic_messages.actions.waiting_list import close_for_others, no_answer_needed

__all__ = [
    "change_settings",
    "close_for_others",
    "download_conversation",
    "end_streams",
    "export_conversation",
    "mark_read",
    "no_answer_needed",
    "open_conversation",
    "print_conversation",
    "prune_audit",
    "refold",
    "send_message",
    "sever_mailboxes",
    "start_conversation",
    "verify_counters",
]
