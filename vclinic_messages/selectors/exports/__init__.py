"""One whole conversation as a document: for people a page to print, for machines JSON and FHIR."""

from vclinic_messages.selectors.exports.documents import FORMATS, Document
from vclinic_messages.selectors.exports.records import Keeper, Record, Seat, own_record, record_of
from vclinic_messages.selectors.exports.responses import document_response, print_response

__all__ = [
    "FORMATS",
    "Document",
    "Keeper",
    "Record",
    "Seat",
    "document_response",
    "own_record",
    "print_response",
    "record_of",
]
