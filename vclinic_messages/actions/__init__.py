"""The only code that writes.

Every action is one transaction. It checks the clinic, the switch, the person and the input itself, and raises
a coded error of ``vclinic_messages.errors`` before anything is saved. Database errors become coded errors
too. Signals are sent after the commit.

Every writer locks in the same order: the conversation, mailboxes by id, participants. See ``mailboxes``.
"""

from vclinic_messages.actions.absences import end_absence, set_absence
from vclinic_messages.actions.assigning import assign, note_writing
from vclinic_messages.actions.auditing import prune_audit
from vclinic_messages.actions.counters import verify_counters
from vclinic_messages.actions.drafts import discard_draft, prune_drafts, save_draft
from vclinic_messages.actions.ending_streams import end_streams
from vclinic_messages.actions.erasing import (
    erase_conversation,
    erase_expired,
    erase_patient,
)
from vclinic_messages.actions.exporting import (
    download_conversation,
    export_conversation,
    export_report,
    print_conversation,
)
from vclinic_messages.actions.groups import create_groups
from vclinic_messages.actions.holds import hold_conversation, release_conversation
from vclinic_messages.actions.opening import open_conversation
from vclinic_messages.actions.quick_replies import (
    change_own_quick_reply,
    change_quick_reply,
    delete_own_quick_reply,
    delete_quick_reply,
)
from vclinic_messages.actions.reading import mark_read
from vclinic_messages.actions.refolding import refold
from vclinic_messages.actions.reminders import choose_reminders, send_due_reminders, stop_reminders
from vclinic_messages.actions.sending import send_message, start_conversation
from vclinic_messages.actions.settings_changes import change_settings
from vclinic_messages.actions.severing import sever_mailboxes
from vclinic_messages.actions.teams import change_team, close_team
from vclinic_messages.actions.waiting_list import (
    no_answer_needed,
    remove_from_waiting_list,
    undo_no_answer_needed,
)

__all__ = [
    "assign",
    "change_own_quick_reply",
    "change_quick_reply",
    "change_settings",
    "change_team",
    "choose_reminders",
    "close_team",
    "create_groups",
    "delete_own_quick_reply",
    "delete_quick_reply",
    "discard_draft",
    "download_conversation",
    "end_absence",
    "end_streams",
    "erase_conversation",
    "erase_expired",
    "erase_patient",
    "export_conversation",
    "export_report",
    "hold_conversation",
    "mark_read",
    "no_answer_needed",
    "note_writing",
    "open_conversation",
    "print_conversation",
    "prune_audit",
    "prune_drafts",
    "refold",
    "release_conversation",
    "remove_from_waiting_list",
    "save_draft",
    "send_due_reminders",
    "send_message",
    "set_absence",
    "sever_mailboxes",
    "start_conversation",
    "stop_reminders",
    "undo_no_answer_needed",
    "verify_counters",
]
