"""The tables of a clinic, with its one row of settings: Messages is off."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import vclinic_messages.models.folded
import vclinic_messages.models.settings
import vclinic_messages.opening_hours

ONE_ROW = "CREATE UNIQUE INDEX vcm_settings_once ON vclinic_messages_messagessettings ((true))"


def create_settings(apps, schema_editor):
    settings_row = apps.get_model("vclinic_messages", "MessagesSettings").objects
    if not settings_row.exists():
        settings_row.create()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MessagesSettings",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "enabled",
                    models.BooleanField(
                        default=False,
                        help_text="While it is off, Messages is not in the navigation and nobody can read or write. Nothing is deleted: switched on again, every conversation is there.",
                        verbose_name="Messages is on",
                    ),
                ),
                (
                    "emergency_notice",
                    models.TextField(
                        blank=True,
                        help_text="Shown after the words “Not for emergencies.” wherever a patient writes.",
                        max_length=300,
                        verbose_name="emergency notice",
                    ),
                ),
                (
                    "emergency_notice_translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Shown on pages in this language. Where there is none, the notice above is shown.",
                        verbose_name="emergency notice in other languages",
                    ),
                ),
                (
                    "response_time",
                    models.CharField(
                        blank=True,
                        help_text="What patients may expect, for example “Usually answered within 2 working days.”",
                        max_length=200,
                        verbose_name="response time",
                    ),
                ),
                (
                    "response_time_translations",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Shown on pages in this language. Where there is none, the text above is shown.",
                        verbose_name="response time in other languages",
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        help_text="The number to call instead, shown when Messages is off or a message cannot be sent.",
                        max_length=50,
                        validators=[vclinic_messages.models.settings.validate_phone],
                        verbose_name="phone number",
                    ),
                ),
                (
                    "link",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="A page that helps instead, shown next to the phone number: how to reach you, or how to book a visit. For example https://clinic.example/contact or /contact/.",
                        max_length=300,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A(https?://[^\\s/]\\S*|/(?![/\\\\])\\S*)\\Z",
                                "Enter an address that begins with https:// or with a single /.",
                            )
                        ],
                        verbose_name="link",
                    ),
                ),
                (
                    "patients_may_start",
                    models.BooleanField(
                        default=True,
                        help_text="If not, patients can only answer when the clinic has written to them.",
                        verbose_name="patients may start conversations",
                    ),
                ),
                (
                    "patients_may_write_to_doctors",
                    models.BooleanField(
                        default=True,
                        help_text="If not, patients write to the clinic staff only.",
                        verbose_name="patients may write to doctors",
                    ),
                ),
                (
                    "read_receipts",
                    models.BooleanField(
                        default=False,
                        help_text="Whether the writer of a message sees when it was read: “Seen” and the time, below their last message. This applies to patients, doctors and clinic staff alike.",
                        verbose_name="read receipts",
                    ),
                ),
                (
                    "reminders",
                    models.BooleanField(
                        default=False,
                        help_text="People get an e-mail if they have not read a message. It says that there is one, never who wrote it or what it says. Everybody can switch theirs off.",
                        verbose_name="reminders by e-mail",
                    ),
                ),
                (
                    "reminder_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="Who reads the message in these minutes gets no e-mail.",
                        validators=[django.core.validators.MaxValueValidator(10080)],
                        verbose_name="minutes until a reminder",
                    ),
                ),
                (
                    "quiet_from",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "0:00"),
                            (1, "1:00"),
                            (2, "2:00"),
                            (3, "3:00"),
                            (4, "4:00"),
                            (5, "5:00"),
                            (6, "6:00"),
                            (7, "7:00"),
                            (8, "8:00"),
                            (9, "9:00"),
                            (10, "10:00"),
                            (11, "11:00"),
                            (12, "12:00"),
                            (13, "13:00"),
                            (14, "14:00"),
                            (15, "15:00"),
                            (16, "16:00"),
                            (17, "17:00"),
                            (18, "18:00"),
                            (19, "19:00"),
                            (20, "20:00"),
                            (21, "21:00"),
                            (22, "22:00"),
                            (23, "23:00"),
                        ],
                        default=21,
                        verbose_name="no reminders from",
                    ),
                ),
                (
                    "quiet_until",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "0:00"),
                            (1, "1:00"),
                            (2, "2:00"),
                            (3, "3:00"),
                            (4, "4:00"),
                            (5, "5:00"),
                            (6, "6:00"),
                            (7, "7:00"),
                            (8, "8:00"),
                            (9, "9:00"),
                            (10, "10:00"),
                            (11, "11:00"),
                            (12, "12:00"),
                            (13, "13:00"),
                            (14, "14:00"),
                            (15, "15:00"),
                            (16, "16:00"),
                            (17, "17:00"),
                            (18, "18:00"),
                            (19, "19:00"),
                            (20, "20:00"),
                            (21, "21:00"),
                            (22, "22:00"),
                            (23, "23:00"),
                        ],
                        default=7,
                        help_text="Reminders that become due in these hours are sent at their end.",
                        verbose_name="no reminders until",
                    ),
                ),
                (
                    "reminders_name_clinic",
                    models.BooleanField(
                        default=True,
                        help_text="Switch this off if the name of your clinic tells too much: other people may see an e-mail.",
                        verbose_name="reminders name the clinic",
                    ),
                ),
                (
                    "retention_years",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="How long a conversation is kept after its last message. Leave this empty to keep all. A conversation in which a patient waits for an answer, or that is on hold, is kept longer.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="years to keep conversations",
                    ),
                ),
                (
                    "retention_removes_all",
                    models.BooleanField(
                        default=False,
                        help_text="If not, only the texts are removed then: who wrote when is kept.",
                        verbose_name="remove whole conversations",
                    ),
                ),
                (
                    "time_zone",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Opening hours and absences are days and times of this zone.",
                        max_length=64,
                        validators=[vclinic_messages.opening_hours.validate_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "opening_hours",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Outside these hours patients read, before they send, when messages are read again. Nothing is blocked. Without any hours nothing is shown.",
                        validators=[vclinic_messages.opening_hours.validate_hours],
                        verbose_name="opening hours",
                    ),
                ),
                (
                    "closed_days",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="Public holidays and other days on which nobody reads messages.",
                        validators=[vclinic_messages.opening_hours.validate_closed_days],
                        verbose_name="closed days",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "verbose_name": "Messages",
                "verbose_name_plural": "Messages",
                "default_permissions": ("change",),
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("message_count", models.PositiveIntegerField(default=0)),
                ("exported_at", models.DateTimeField(editable=False, null=True)),
                ("exported_by_name", models.CharField(editable=False, max_length=255, null=True)),
                ("held_since", models.DateTimeField(editable=False, null=True)),
                ("erased_at", models.DateTimeField(editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "conversation",
                "verbose_name_plural": "conversations",
                "permissions": [
                    ("report_conversation", "Can see the reports of Messages"),
                    ("export_conversation", "Can export a conversation, with its text"),
                ],
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=255)),
                ("folded_name", vclinic_messages.models.folded.FoldedField(of="name")),
                ("version", models.BigIntegerField(default=0)),
                ("opened_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "mailbox",
                "verbose_name_plural": "mailboxes",
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("sender_name", models.CharField(max_length=255)),
                (
                    "sender_role",
                    models.CharField(
                        choices=[("patient", "Patient"), ("doctor", "Doctor"), ("admin", "Clinic staff")],
                        max_length=16,
                    ),
                ),
                ("body", models.TextField()),
                ("sent_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("client_key", models.CharField(editable=False, max_length=128, null=True)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.conversation",
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="conversation",
            name="last_message",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="vclinic_messages.message",
            ),
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("folded_name", vclinic_messages.models.folded.FoldedField(of="name")),
                (
                    "role",
                    models.CharField(
                        choices=[("patient", "Patient"), ("doctor", "Doctor"), ("admin", "Clinic staff")],
                        max_length=16,
                    ),
                ),
                (
                    "waiting_since",
                    models.DateTimeField(
                        help_text="When the patient wrote what this participant has not answered; empty if nobody waits.",
                        null=True,
                    ),
                ),
                ("removed_waiting_since", models.DateTimeField(editable=False, null=True)),
                ("unread_count", models.PositiveIntegerField(default=0)),
                ("last_read_at", models.DateTimeField(null=True)),
                (
                    "assigned_to",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="participants",
                        to="vclinic_messages.conversation",
                    ),
                ),
                (
                    "last_message",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.message",
                    ),
                ),
                (
                    "last_read_message",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.message",
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "participant",
                "verbose_name_plural": "participants",
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("by_email", models.BooleanField(default=True)),
                ("sent_at", models.DateTimeField(editable=False, null=True)),
                ("up_to", models.BigIntegerField(default=0, editable=False)),
                ("not_before", models.DateTimeField(editable=False, null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("claimed_until", models.DateTimeField(editable=False, null=True)),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder",
                "verbose_name_plural": "reminders",
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("description", models.CharField(blank=True, max_length=200, verbose_name="what it is for")),
                (
                    "is_open_to_patients",
                    models.BooleanField(default=True, verbose_name="patients may write to it"),
                ),
                ("external_key", models.CharField(editable=False, max_length=255, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
            ],
            options={
                "verbose_name": "team",
                "verbose_name_plural": "teams",
                "permissions": [("change_team", "Can make and change the teams of Messages")],
                "default_permissions": (),
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("external_key__isnull", False)),
                        fields=("external_key",),
                        name="vcm_team_external_key",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QuickReply",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=100, verbose_name="name")),
                ("body", models.TextField(verbose_name="text")),
                ("folded", vclinic_messages.models.folded.FoldedField(of="searched")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[("patient", "Patient"), ("doctor", "Doctor"), ("admin", "Clinic staff")],
                        max_length=16,
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=15, verbose_name="language")),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("changed_by_name", models.CharField(blank=True, editable=False, max_length=255)),
                (
                    "owner",
                    models.ForeignKey(
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.team",
                    ),
                ),
            ],
            options={
                "verbose_name": "quick reply",
                "verbose_name_plural": "quick replies",
                "permissions": [("change_quickreply", "Can change the quick replies of Messages")],
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.AddField(
            model_name="mailbox",
            name="team",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="vclinic_messages.team",
            ),
        ),
        migrations.CreateModel(
            name="TeamMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("joined_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("writing_in", models.UUIDField(editable=False, null=True)),
                ("writing_at", models.DateTimeField(editable=False, null=True)),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="members",
                        to="vclinic_messages.team",
                    ),
                ),
            ],
            options={
                "verbose_name": "team member",
                "verbose_name_plural": "team members",
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("actor_name", models.CharField(max_length=255)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("started", "started a conversation"),
                            ("sent", "sent a message"),
                            ("opened", "opened a conversation"),
                            ("no_answer_needed", "marked a conversation as needing no answer"),
                            ("answer_needed", "put a conversation back on the waiting list"),
                            ("switched", "changed the settings of Messages"),
                            ("exported", "exported a conversation"),
                            ("downloaded", "downloaded their own conversation"),
                            ("printed", "printed their own conversation"),
                            ("reported", "downloaded a report"),
                            ("pruned", "removed old events"),
                            ("severed", "disconnected a deleted account"),
                            ("assigned", "took or handed over a conversation"),
                            ("erased", "erased texts or conversations"),
                            ("held", "put a conversation on hold"),
                            ("released", "released a conversation from hold"),
                            ("team_created", "made a team"),
                            ("team_changed", "changed a team"),
                            ("team_joined", "added a person to a team"),
                            ("team_left", "removed a person from a team"),
                            ("team_closed", "closed a team"),
                            ("absence_set", "set an absence"),
                            ("absence_ended", "ended an absence"),
                            ("quick_reply_added", "added a quick reply"),
                            ("quick_reply_changed", "changed a quick reply"),
                            ("quick_reply_deleted", "deleted a quick reply"),
                        ],
                        max_length=32,
                    ),
                ),
                ("conversation_id", models.UUIDField(null=True)),
                ("message_id", models.BigIntegerField(null=True)),
                ("details", models.JSONField(default=dict)),
                ("session", models.CharField(editable=False, max_length=24, null=True)),
                (
                    "actor",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "audit event",
                "verbose_name_plural": "audit events",
                "default_permissions": ("view",),
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(fields=["at"], name="vcm_audit_at"),
                    models.Index(
                        condition=models.Q(("action__in", ("team_joined", "team_left"))),
                        fields=["at"],
                        name="vcm_audit_members",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("action", "opened")),
                        fields=("actor", "conversation_id", "session"),
                        name="vcm_opened_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("body", models.TextField(blank=True)),
                ("version", models.PositiveIntegerField(default=0)),
                ("saved_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("other", models.TextField(blank=True, default="")),
                ("other_version", models.PositiveIntegerField(null=True)),
                ("counted_from", models.DateTimeField(default=django.utils.timezone.now)),
                ("counted_saves", models.PositiveSmallIntegerField(default=0)),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.conversation",
                    ),
                ),
                (
                    "origin",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.conversation",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
                (
                    "recipient",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "draft",
                "verbose_name_plural": "drafts",
                "default_permissions": (),
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        condition=models.Q(("body", ""), _negated=True),
                        fields=["saved_at"],
                        name="vcm_draft_saved_at",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("conversation__isnull", True), models.Q(("body", ""), _negated=True)
                        ),
                        fields=["author", "saved_at"],
                        name="vcm_draft_unsent",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("conversation__isnull", True), ("recipient__isnull", True), _connector="OR"
                        ),
                        name="vcm_draft_target",
                    ),
                    models.CheckConstraint(
                        condition=django.db.models.lookups.LessThanOrEqual(
                            django.db.models.functions.text.Length("body"), 10000
                        ),
                        name="vcm_draft_length",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("other", ""),
                            models.Q(
                                models.Q(("body", ""), _negated=True),
                                django.db.models.lookups.LessThanOrEqual(
                                    django.db.models.functions.text.Length("other"), 10000
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="vcm_draft_other",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("conversation__isnull", False)),
                        fields=("author", "conversation"),
                        name="vcm_draft_of_conversation",
                    ),
                    models.UniqueConstraint(
                        models.F("author"),
                        django.db.models.functions.comparison.Coalesce(models.F("recipient"), 0),
                        condition=models.Q(("conversation__isnull", True)),
                        name="vcm_draft_of_new_message",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_day", models.DateField(verbose_name="first day away")),
                ("until", models.DateField(null=True, verbose_name="first day back")),
                ("set_by", models.CharField(editable=False, max_length=255)),
                ("set_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "instead",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
                (
                    "mailbox",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.mailbox",
                    ),
                ),
            ],
            options={
                "verbose_name": "absence",
                "verbose_name_plural": "absences",
                "permissions": [("change_absence", "Can set when others are away from Messages")],
                "default_permissions": (),
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(models.F("mailbox"), name="vcm_absence_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True), ("until__gte", models.F("first_day")), _connector="OR"
                        ),
                        name="vcm_absence_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("instead__isnull", True),
                            models.Q(("instead", models.F("mailbox")), _negated=True),
                            _connector="OR",
                        ),
                        name="vcm_absence_instead",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MessageWords",
            fields=[
                (
                    "message",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="vclinic_messages.message",
                    ),
                ),
                ("folded", models.TextField()),
                ("fold_version", models.PositiveSmallIntegerField()),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="vclinic_messages.conversation",
                    ),
                ),
            ],
            options={
                "verbose_name": "words of a message",
                "verbose_name_plural": "words of messages",
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["conversation", "id"], name="vcm_message_page"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["sender", "id"], name="vcm_message_sender"),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Range(
                    django.db.models.functions.text.Length("body"), (1, 5000)
                ),
                name="vcm_body_length",
            ),
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.UniqueConstraint(
                condition=models.Q(("client_key__isnull", False)),
                fields=("sender", "client_key"),
                name="vcm_key_once",
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                models.F("mailbox"),
                models.OrderBy(models.F("last_message"), descending=True),
                name="vcm_participant_inbox",
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("unread_count__gt", 0)), fields=["mailbox"], name="vcm_participant_unread"
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("waiting_since__isnull", False)),
                fields=["mailbox", "waiting_since"],
                name="vcm_participant_waiting",
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                models.F("conversation"), models.F("mailbox"), name="vcm_participant_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                condition=models.Q(("role", "patient")), fields=("conversation",), name="vcm_one_patient"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["patient", "doctor", "admin"])), name="vcm_participant_role"
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(models.F("mailbox"), name="vcm_reminder_once"),
        ),
        migrations.AddIndex(
            model_name="quickreply",
            index=models.Index(fields=["owner", "title"], name="vcm_quick_reply_owner"),
        ),
        migrations.AddConstraint(
            model_name="quickreply",
            constraint=models.CheckConstraint(
                condition=models.Q(("role", ""), ("team__isnull", True), _connector="OR"),
                name="vcm_quick_reply_audience",
            ),
        ),
        migrations.AddIndex(
            model_name="mailbox",
            index=models.Index(fields=["name"], name="vcm_mailbox_name"),
        ),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("user__isnull", False)), fields=("user",), name="vcm_mailbox_of_user"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.UniqueConstraint(
                condition=models.Q(("team__isnull", False)), fields=("team",), name="vcm_mailbox_of_team"
            ),
        ),
        migrations.AddConstraint(
            model_name="mailbox",
            constraint=models.CheckConstraint(
                condition=models.Q(("user__isnull", True), ("team__isnull", True), _connector="OR"),
                name="vcm_mailbox_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="teammember",
            index=models.Index(fields=["team"], name="vcm_team_members"),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(
                models.F("mailbox"), models.F("team"), name="vcm_team_member_once"
            ),
        ),
        migrations.AddIndex(
            model_name="messagewords",
            index=models.Index(fields=["conversation"], name="vcm_words_conversation"),
        ),
        migrations.RunPython(create_settings, migrations.RunPython.noop, elidable=False),
        migrations.RunSQL(ONE_ROW, "DROP INDEX vcm_settings_once"),
    ]
