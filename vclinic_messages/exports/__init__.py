"""Write one whole conversation as a document: a page for people, JSON and FHIR for programs.

This package makes chunks of text. The HTTP answers are made in ``pages`` and ``wagtail_admin``.
"""

from vclinic_messages.exports.formats import FORMATS, Format
from vclinic_messages.exports.record import ConversationRecord, conversation_record
from vclinic_messages.exports.streaming import streamed

__all__ = ["FORMATS", "ConversationRecord", "Format", "conversation_record", "streamed"]
