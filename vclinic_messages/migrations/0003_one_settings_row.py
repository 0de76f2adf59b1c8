"""Each clinic has exactly one row of settings, with Messages off."""

from django.db import migrations

SINGLE = "CREATE UNIQUE INDEX vcm_settings_once ON vclinic_messages_messagessettings ((true))"


def make_row(apps, schema_editor):
    manager = apps.get_model("vclinic_messages", "MessagesSettings").objects.using(
        schema_editor.connection.alias
    )
    if not manager.exists():
        manager.create()


class Migration(migrations.Migration):
    dependencies = [("vclinic_messages", "0002_append_only")]

    operations = [
        migrations.RunPython(make_row, migrations.RunPython.noop, elidable=False),
        migrations.RunSQL(SINGLE, "DROP INDEX vcm_settings_once"),
    ]
