"""How long conversations are kept, holds, and erased texts."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vclinic_messages", "0008_translated_notices"),
    ]

    operations = [
        migrations.AddField(
            model_name="conversation",
            name="erased_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="conversation",
            name="held_since",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="messagessettings",
            name="retention_removes_all",
            field=models.BooleanField(
                default=False,
                help_text="If not, only the texts are removed then: who wrote when is kept.",
                verbose_name="remove whole conversations",
            ),
        ),
        migrations.AddField(
            model_name="messagessettings",
            name="retention_years",
            field=models.PositiveSmallIntegerField(
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
                    ("erased", "erased texts or conversations"),
                    ("held", "put a conversation on hold"),
                    ("released", "released a conversation from hold"),
                    ("team_created", "made a team"),
                    ("team_changed", "changed a team"),
                    ("team_joined", "added a person to a team"),
                    ("team_left", "removed a person from a team"),
                    ("team_closed", "closed a team"),
                ],
                max_length=32,
            ),
        ),
    ]
