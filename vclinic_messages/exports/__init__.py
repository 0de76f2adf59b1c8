"""Write one whole conversation as a document: a page for people, JSON and FHIR for programs.

This package makes chunks of text. The HTTP responses are made in ``pages`` and ``wagtail_admin``.
"""

from vclinic_messages.exports.chunks import streamed
from vclinic_messages.exports.document import ConversationDocument, conversation_document
from vclinic_messages.exports.formats import FORMATS, Format

__all__ = ["FORMATS", "ConversationDocument", "Format", "conversation_document", "streamed"]
