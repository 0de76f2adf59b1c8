"""``manage.py messages_hold``: keep a conversation from being erased, or release it."""

from __future__ import annotations

from argparse import ArgumentParser
from uuid import UUID

from django.core.management.base import CommandError

from vclinic_messages import actions
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.management.clinic_command import ClinicCommand
from vclinic_messages.tenancy import schema_context


class Command(ClinicCommand):
    """Put a conversation on hold, or release it."""

    help = (
        "Put a conversation on hold, for example for a court case: nothing of it can be erased until it is "
        "released. Both are recorded in the audit trail. People can go on reading and writing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the conversation, ``--release``, ``--reason`` and ``--by``."""
        super().add_arguments(parser)
        parser.add_argument("conversation", type=UUID, help="The id of the conversation.")
        parser.add_argument("--release", action="store_true", help="Release it instead.")
        parser.add_argument("--reason", required=True, help="Why. Stored in the audit trail.")
        parser.add_argument(
            "--by", metavar="NAME", required=True, help="Who decided it. Stored in the audit trail."
        )

    def handle(
        self,
        *args: object,
        conversation: UUID,
        schema: str | None,
        release: bool,
        reason: str,
        by: str,
        **options: object,
    ) -> None:
        """Hold or release. Raises CommandError if the conversation does not exist."""
        if schema is None:
            raise CommandError("Name the clinic with --schema.")
        self.schemas(schema)
        change = actions.release_conversation if release else actions.hold_conversation
        with schema_context(schema):
            try:
                change(conversation=conversation, reason=reason, by=by)
            except ConversationNotFound:
                raise CommandError("There is no such conversation in this clinic.") from None
            except InvalidInput as refusal:
                raise CommandError(str(refusal.errors["reason"][0].detail)) from None
        self.stdout.write(f"{schema}: {'released' if release else 'on hold'}: {conversation}")
