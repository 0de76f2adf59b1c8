"""An index in the order in which Messages lists recipients: see docs/how-to/directory.md."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial"), ("auth", "0012_alter_user_first_name_max_length")]

    # The model is Django's own, so it cannot name the index in its Meta.
    operations = [
        migrations.RunSQL(
            "CREATE INDEX people_user_names ON auth_user (last_name, first_name, username, id)",
            "DROP INDEX people_user_names",
        )
    ]
