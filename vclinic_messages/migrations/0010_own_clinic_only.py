"""PostgreSQL shows and changes a row only while its clinic's schema is the one on the search path.

The statements stand in ``vclinic_messages.isolation``: they are repeated after every migrate, because copying
a schema loses a part of them, and they do only what is missing.
"""

from django.db import migrations

from vclinic_messages import isolation


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0004_clinic_admins")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: isolation.protect(),
            lambda apps, schema_editor: isolation.release(),
            elidable=False,
        )
    ]
