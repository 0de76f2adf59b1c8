"""What clinic admins need: openings once per session, exports, read receipts, a link, permissions."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vclinic_messages", "0003_one_settings_row"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="auditevent",
            options={
                "base_manager_name": "objects",
                "default_permissions": ("view",),
                "verbose_name": "audit event",
                "verbose_name_plural": "audit events",
            },
        ),
        migrations.AlterModelOptions(
            name="conversation",
            options={
                "base_manager_name": "objects",
                "default_permissions": (),
                "permissions": [
                    ("report_conversation", "Can see the reports of Messages"),
                    ("export_conversation", "Can export a conversation, with its text"),
                ],
                "verbose_name": "conversation",
                "verbose_name_plural": "conversations",
            },
        ),
        migrations.AddField(
            model_name="auditevent",
            name="session",
            field=models.CharField(editable=False, max_length=24, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="exported_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="exported_by_name",
            field=models.CharField(editable=False, max_length=255, null=True),
        ),
        migrations.AddField(
            model_name="messagessettings",
            name="link",
            field=models.CharField(
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
        migrations.AddField(
            model_name="messagessettings",
            name="read_receipts",
            field=models.BooleanField(
                default=False,
                help_text="Whether the writer of a message sees when it was read: “Seen” and the time, below their last message. It holds for patients, doctors and clinic staff alike.",
                verbose_name="read receipts",
            ),
        ),
        migrations.AlterField(
            model_name="auditevent",
            name="action",
            field=models.CharField(
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
        migrations.AddConstraint(
            model_name="auditevent",
            constraint=models.UniqueConstraint(
                condition=models.Q(("action", "opened")),
                fields=("actor", "conversation_id", "session"),
                name="vcm_opened_once",
            ),
        ),
    ]
