"""What patients read before they write, in the portal's other languages."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vclinic_messages", "0006_audit_of_members"),
    ]

    operations = [
        migrations.AddField(
            model_name="messagessettings",
            name="emergency_notice_translations",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Shown on pages in this language. Where there is none, the notice above is shown.",
                verbose_name="emergency notice in other languages",
            ),
        ),
        migrations.AddField(
            model_name="messagessettings",
            name="response_time_translations",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Shown on pages in this language. Where there is none, the text above is shown.",
                verbose_name="response time in other languages",
            ),
        ),
    ]
