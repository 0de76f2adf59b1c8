"""Public signals. Each is sent after the transaction of the event has been committed.

If a receiver raises an exception, it is logged; the commit and the other receivers are not affected.

The table of signals in the documentation is generated from the comments: run ``make docs``.
"""

from django.dispatch import Signal

#: A conversation was started.
#: Sender: ``Conversation``.
#: Arguments: ``conversation``, ``message``.
conversation_started = Signal()

#: A message was sent, also the first one of a conversation.
#: Sender: ``Conversation``.
#: Arguments: ``conversation``, ``message``.
message_sent = Signal()

#: Somebody has read new messages of a conversation.
#: Sender: ``Conversation``.
#: Arguments: ``conversation``, ``reader``, ``up_to`` (the id of the newest of them).
conversation_read = Signal()

#: The clinic has switched Messages on or off.
#: Sender: ``MessagesSettings``.
#: Arguments: ``enabled``, ``actor`` (may be None).
feature_switched = Signal()

#: A person is reminded. It is sent after the mail, also if they have no address.
#: Sender: ``Mailbox``.
#: Arguments: ``mailbox``, ``user``, ``count`` (a patient's unread conversations, or those that wait for an
#: answer of staff, perhaps none).
reminder_due = Signal()
