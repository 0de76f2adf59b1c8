"""The index that keeps one seat per person holds all seats, so that it also finds those of a conversation.

PostgreSQL does not use an index with a condition for a statement that does not name the condition: a page of
the inbox read all seats of the clinic.
"""

from django.db import migrations, models
from django.db.models import F


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0010_own_clinic_only")]

    operations = [
        migrations.RemoveConstraint("participant", "vcm_seat_once"),
        migrations.AddConstraint(
            "participant",
            models.UniqueConstraint(F("conversation"), F("user"), name="vcm_seat_once"),
        ),
    ]
