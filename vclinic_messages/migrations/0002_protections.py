"""Row-level security and triggers for all tables.

The SQL is in ``vclinic_messages.protections``. It is repeated after every migrate, because cloning a schema
loses a part of it, and it only adds what is missing.
"""

from django.db import migrations

from vclinic_messages import protections


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0001_initial")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: protections.protect(),
            lambda apps, schema_editor: protections.release(),
            elidable=False,
        )
    ]
