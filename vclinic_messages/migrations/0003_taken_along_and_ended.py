"""Where the text of a draft was typed before it was taken along, and absences that end on their first day."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0002_protections")]

    operations = [
        migrations.AddField(
            model_name="draft",
            name="origin",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="vclinic_messages.conversation",
            ),
        ),
        migrations.RemoveConstraint(model_name="absence", name="vcm_absence_days"),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gte", models.F("first_day")), _connector="OR"
                ),
                name="vcm_absence_days",
            ),
        ),
    ]
