"""``manage.py messages_erase``: erase a patient's conversations, one conversation, or what is too old."""

from __future__ import annotations

from argparse import ArgumentParser
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.core.management.base import CommandError

from vclinic_messages import actions
from vclinic_messages.actions.erasing import Erased
from vclinic_messages.errors import ConversationNotFound, InvalidInput
from vclinic_messages.management.clinic_command import ClinicCommand
from vclinic_messages.models import Mailbox, Participant, Role
from vclinic_messages.tenancy import schema_context
from vclinic_messages.user_keys import user_key


class Command(ClinicCommand):
    """Erase texts, names and conversations, on record."""

    help = (
        "Replace the texts of conversations by a mark, or remove whole conversations. Drafts and searchable "
        "words are erased too. The audit trail records who decided it, why, and the number of messages. "
        "This cannot be undone. Only the role that owns the tables may do it. Backups stay as they are."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add what to erase, ``--reason``, ``--by``, ``--whole`` and ``--yes``."""
        super().add_arguments(parser)
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--conversation", type=UUID, metavar="ID", help="Erase this conversation.")
        what.add_argument(
            "--patient",
            metavar="KEY",
            help="Erase all conversations of the patient with this user key, and the patient's name. Delete "
            "or rename the account first, or its name is stored again.",
        )
        what.add_argument(
            "--patient-of",
            type=UUID,
            metavar="ID",
            help="The same for the patient of this conversation, whose account may be deleted already.",
        )
        what.add_argument(
            "--expired",
            action="store_true",
            help="Erase the conversations whose retention time is over, as each clinic's settings say. Asks "
            "nothing. Run it daily.",
        )
        parser.add_argument("--reason", help="Why. Stored in the audit trail.")
        parser.add_argument("--by", metavar="NAME", help="Who decided it. Stored in the audit trail.")
        parser.add_argument(
            "--whole", action="store_true", help="Remove whole conversations, not only their texts."
        )
        parser.add_argument("--yes", action="store_true", help="Do not ask.")

    def handle(self, *args: object, **options: object) -> None:
        """Erase and print how much. Raises CommandError if nothing was erased."""
        schema = options["schema"]
        assert schema is None or isinstance(schema, str)  # noqa: S101 - for mypy
        try:
            if options["expired"]:
                self._erase_expired(self.schemas(schema))
            else:
                self._erase_one(schema, options)
        except PermissionDenied:
            raise CommandError(
                "Only the role that owns the tables may erase. Run this command as that role."
            ) from None

    def _erase_expired(self, schemas: list[str]) -> None:
        for each in schemas:
            with self.clinic(each):
                self._report(each, actions.erase_expired())
        self.finish()

    def _erase_one(self, schema: str | None, options: dict[str, object]) -> None:
        reason, by = str(options["reason"] or ""), str(options["by"] or "")
        if not (schema and reason.strip() and by.strip()):
            raise CommandError("Name the clinic with --schema, and add --reason and --by.")
        self.schemas(schema)
        whole = bool(options["whole"])
        with schema_context(schema):
            conversation, mailbox = self._find(options)
            if not options["yes"] and not self._confirm(schema, conversation, whole):
                raise CommandError("Nothing was erased.")
            try:
                if conversation is not None:
                    erased = actions.erase_conversation(
                        conversation=conversation, reason=reason, by=by, whole=whole
                    )
                else:
                    erased = actions.erase_patient(mailbox=mailbox, reason=reason, by=by, whole=whole)
            except ConversationNotFound:
                raise CommandError("There is no such conversation in this clinic.") from None
            except InvalidInput as refusal:
                problems = [str(each.detail) for errors in refusal.errors.values() for each in errors]
                raise CommandError(" ".join(problems)) from None
            self._report(schema, erased)

    def _find(self, options: dict[str, object]) -> tuple[UUID | None, int]:
        """Return the conversation to erase; or None and the mailbox of the patient to erase."""
        if isinstance(options["conversation"], UUID):
            return options["conversation"], 0
        if options["patient"] is not None:
            mailboxes = Mailbox.objects.filter(user=user_key(str(options["patient"])), user__isnull=False)
            mailbox = mailboxes.values_list("pk", flat=True).first()
        else:
            conversation = UUID(str(options["patient_of"]))
            patients = Participant.objects.filter(conversation=conversation, role=Role.PATIENT)
            mailbox = patients.values_list("mailbox", flat=True).first()
        if mailbox is None:
            raise CommandError("There is no such patient in this clinic.")
        return None, mailbox

    def _confirm(self, schema: str, conversation: UUID | None, whole: bool) -> bool:
        what = "one conversation" if conversation else "all conversations of one patient"
        how = "will be removed" if whole else "will lose their texts"
        self.stdout.write(f"In the clinic {schema}, {what} {how}. This cannot be undone.")
        return input("Type “erase” to go on: ").strip() == "erase"

    def _report(self, schema: str, erased: Erased) -> None:
        self.stdout.write(
            f"{schema}: conversations erased: {erased.conversations}, with messages: {erased.messages}"
        )
