"""A second text of a draft, for the author to choose from."""

from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0002_protections")]

    operations = [
        migrations.AddField("draft", "other", models.TextField(blank=True, default="")),
        migrations.AddField("draft", "other_version", models.PositiveIntegerField(null=True)),
        migrations.AddConstraint(
            "draft",
            models.CheckConstraint(
                condition=Q(other="") | (~Q(body="") & Q(LessThanOrEqual(Length("other"), 10_000))),
                name="vcm_draft_other",
            ),
        ),
    ]
