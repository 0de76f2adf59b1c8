"""Absences, opening hours and closed days.

``protections.protect`` adds the row policy of the new table at the end of every migrate.
"""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import vclinic_messages.opening_hours


class Migration(migrations.Migration):
    dependencies = [
        ("vclinic_messages", "0002_protections"),
    ]

    operations = [
        migrations.AddField(
            model_name="messagessettings",
            name="closed_days",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Public holidays and other days on which nobody reads messages.",
                validators=[vclinic_messages.opening_hours.validate_closed_days],
                verbose_name="closed days",
            ),
        ),
        migrations.AddField(
            model_name="messagessettings",
            name="opening_hours",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="Outside these hours patients read, before they send, when messages are read again. Nothing is blocked. Without any hours nothing is shown.",
                validators=[vclinic_messages.opening_hours.validate_hours],
                verbose_name="opening hours",
            ),
        ),
        migrations.AddField(
            model_name="messagessettings",
            name="time_zone",
            field=models.CharField(
                blank=True,
                default="",
                help_text="Opening hours and absences are days and times of this zone.",
                max_length=64,
                validators=[vclinic_messages.opening_hours.validate_zone],
                verbose_name="time zone",
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
                    ("answer_needed", "put a conversation back on the waiting list"),
                    ("switched", "changed the settings of Messages"),
                    ("exported", "exported a conversation"),
                    ("downloaded", "downloaded their own conversation"),
                    ("printed", "printed their own conversation"),
                    ("reported", "downloaded a report"),
                    ("pruned", "removed old events"),
                    ("severed", "disconnected a deleted account"),
                    ("assigned", "took or handed over a conversation"),
                    ("team_created", "made a team"),
                    ("team_changed", "changed a team"),
                    ("team_joined", "added a person to a team"),
                    ("team_left", "removed a person from a team"),
                    ("team_closed", "closed a team"),
                    ("absence_set", "set an absence"),
                    ("absence_ended", "ended an absence"),
                ],
                max_length=32,
            ),
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
                            ("until__isnull", True), ("until__gt", models.F("first_day")), _connector="OR"
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
    ]
