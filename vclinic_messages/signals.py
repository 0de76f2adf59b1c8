"""Public signals. Each is sent after the transaction that made it true has been committed.

A receiver that raises does not undo or disturb what was committed: the error is logged.

* ``conversation_started``: ``conversation``, ``message``
* ``message_sent``: ``conversation``, ``message`` (also for the first message of a conversation)
* ``conversation_read``: ``conversation``, ``reader``, ``up_to`` (message id)
* ``feature_switched``: ``enabled``, ``actor`` (may be None)

The sender of the first three is the ``Conversation`` class, of the last the ``MessagesSettings`` class.
"""

from django.dispatch import Signal

conversation_started = Signal()
message_sent = Signal()
conversation_read = Signal()
feature_switched = Signal()
