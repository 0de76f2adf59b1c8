"""What is told to other processes: whose mailbox changed, in which clinic. Numbers only, never a text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

#: The one channel of the database. The clinic travels in the payload: names of channels are cut at 63 bytes.
CHANNEL = "vclinic_messages"

#: PostgreSQL refuses a payload of 8,000 bytes or more.
PAYLOAD_LIMIT = 7999


def payloads(schema: str, versions: Mapping[object, int]) -> Iterator[str]:
    """The payloads that carry these versions by user key, each within the limit."""
    part: dict[str, int] = {}
    for user, version in versions.items():
        grown = {**part, str(user): version}
        if part and len(_payload(schema, grown).encode()) > PAYLOAD_LIMIT:
            yield _payload(schema, part)
            grown = {str(user): version}
        part = grown
    if part:
        yield _payload(schema, part)


def _payload(schema: str, versions: Mapping[str, int]) -> str:
    return json.dumps({"s": schema, "v": versions}, separators=(",", ":"))
