"""Indexes for the search among recipients: see docs/how-to/directory.md."""

from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from vclinic_messages.search.people import Words

# The columns that PortalDirectory searches, by table. The indexes are not in the models' Meta, because one model
# is Django's own.
INDEXES = {
    ("auth", "User"): GinIndex(
        Words("last_name", "first_name", if_empty="username"), name="people_user_words", fastupdate=False
    ),
    ("people", "Profile"): GinIndex(
        Words("title", "description"), name="people_profile_words", fastupdate=False
    ),
}


def add(apps: Any, schema_editor: Any) -> None:
    for model, index in INDEXES.items():
        schema_editor.add_index(apps.get_model(*model), index)


def remove(apps: Any, schema_editor: Any) -> None:
    for model, index in INDEXES.items():
        schema_editor.remove_index(apps.get_model(*model), index)


class Migration(migrations.Migration):
    dependencies = [("people", "0002_names_index"), ("auth", "0012_alter_user_first_name_max_length")]

    operations = [migrations.RunPython(add, remove)]
