from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0004_reminders_and_quick_replies")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(
                condition=models.Q(("action__in", ("team_joined", "team_left"))),
                fields=["at"],
                name="vcm_audit_members",
            ),
        ),
    ]
