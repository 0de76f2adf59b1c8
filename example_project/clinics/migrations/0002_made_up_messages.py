from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinics", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="clinic",
            name="made_up_messages",
            field=models.PositiveIntegerField(
                default=0,
                editable=False,
                help_text="How many messages were not written by people but made up for demo and measurements.",
            ),
        )
    ]
