"""The seam to the portal: who belongs to this clinic, and who may write to whom.

A portal names its own subclass in ``VCLINIC_MESSAGES["DIRECTORY"]``; the default is ``GroupDirectory``.
Without a role there is no access: a person for whom ``role`` returns None sees nothing of Messages.
"""

from vclinic_messages.directory.base import (
    ClinicDirectory,
    Person,
    describe_by_key,
    get_directory,
    open_to_replies,
)
from vclinic_messages.directory.groups import GroupDirectory

__all__ = [
    "ClinicDirectory",
    "GroupDirectory",
    "Person",
    "describe_by_key",
    "get_directory",
    "open_to_replies",
]
