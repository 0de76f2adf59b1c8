"""The tables of a clinic, with its one row of settings: Messages is off."""

import uuid

import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

ONE_ROW = "CREATE UNIQUE INDEX vcm_settings_once ON vclinic_messages_messagessettings ((true))"


def create_settings(apps, schema_editor):
    settings_row = apps.get_model("vclinic_messages", "MessagesSettings").objects
    if not settings_row.exists():
        settings_row.create()


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("seq", models.BigIntegerField(default=0)),
                ("version", models.BigIntegerField(default=0)),
            ],
            options={
                "verbose_name": "mailbox",
                "verbose_name_plural": "mailboxes",
                "default_permissions": (),
                "base_manager_name": "objects",
            },
        ),
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
                    "response_time",
                    models.CharField(
                        blank=True,
                        help_text="What patients may expect, for example “Usually answered within 2 working days.”",
                        max_length=200,
                        verbose_name="response time",
                    ),
                ),
                (
                    "phone",
                    models.CharField(
                        blank=True,
                        help_text="The number to call instead, shown when Messages is off or a message cannot be sent.",
                        max_length=50,
                        verbose_name="phone number",
                    ),
                ),
                (
                    "link",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="A page that helps instead, shown beside the phone number: how to reach you, or how to book a visit. For example https://clinic.example/contact or /contact/.",
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
                        help_text="Whether the writer of a message sees when it was read: “Seen” and the time, below their last message. It holds for patients, doctors and clinic staff alike.",
                        verbose_name="read receipts",
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
                (
                    "waiting_since",
                    models.DateTimeField(
                        help_text="Since when a patient's message waits for an answer; empty if none does.",
                        null=True,
                    ),
                ),
                ("exported_at", models.DateTimeField(editable=False, null=True)),
                ("exported_by_name", models.CharField(editable=False, max_length=255, null=True)),
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
                    "sender",
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
                (
                    "role",
                    models.CharField(
                        choices=[("patient", "Patient"), ("doctor", "Doctor"), ("admin", "Clinic staff")],
                        max_length=16,
                    ),
                ),
                (
                    "seq",
                    models.BigIntegerField(
                        default=0,
                        help_text="The number of the conversation's last message in this person's mailbox.",
                    ),
                ),
                ("unread_count", models.PositiveIntegerField(default=0)),
                ("last_read_at", models.DateTimeField(null=True)),
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
                "verbose_name": "participant",
                "verbose_name_plural": "participants",
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
                            ("switched", "changed the settings of Messages"),
                            ("exported", "exported a conversation"),
                            ("downloaded", "downloaded their own conversation"),
                            ("pruned", "removed old events"),
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
                "indexes": [models.Index(fields=["at"], name="vcm_audit_at")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("action", "opened")),
                        fields=("actor", "conversation_id", "session"),
                        name="vcm_opened_once",
                    )
                ],
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
            model_name="conversation",
            index=models.Index(
                condition=models.Q(("waiting_since__isnull", False)),
                fields=["waiting_since"],
                name="vcm_conv_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                models.F("user"),
                models.OrderBy(models.F("seq"), descending=True),
                name="vcm_participant_inbox",
            ),
        ),
        migrations.AddIndex(
            model_name="participant",
            index=models.Index(
                condition=models.Q(("unread_count__gt", 0)), fields=["user"], name="vcm_participant_unread"
            ),
        ),
        migrations.AddConstraint(
            model_name="participant",
            constraint=models.UniqueConstraint(
                models.F("conversation"), models.F("user"), name="vcm_participant_once"
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
        migrations.RunPython(create_settings, migrations.RunPython.noop, elidable=False),
        migrations.RunSQL(ONE_ROW, "DROP INDEX vcm_settings_once"),
    ]
