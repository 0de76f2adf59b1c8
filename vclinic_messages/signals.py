"""Public signals. Each is sent after the transaction of the event has been committed.

If a receiver raises an exception, it is logged; the commit and the other receivers are not affected.

* ``conversation_started``: ``conversation``, ``message``
* ``message_sent``: ``conversation``, ``message`` (also for the first message of a conversation)
* ``conversation_read``: ``conversation``, ``reader``, ``up_to`` (message id)
* ``feature_switched``: ``enabled``, ``actor`` (may be None)
* ``reminder_due``: ``mailbox``, ``user``, ``count`` (a patient's unread conversations, or those that wait for
  an answer of staff, perhaps none); see "Send reminders"

The sender of the first three is the class ``Conversation``, then ``MessagesSettings`` and ``Mailbox``.
"""

from django.dispatch import Signal

conversation_started = Signal()
message_sent = Signal()
conversation_read = Signal()
feature_switched = Signal()
reminder_due = Signal()
