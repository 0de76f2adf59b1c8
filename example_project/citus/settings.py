"""What a portal on Citus sets otherwise. `DJANGO_SETTINGS_MODULE=example_project.citus.settings`."""

from example_project.settings import *  # noqa: F403
from example_project.settings import DATABASES, INSTALLED_APPS, SHARED_APPS, VCLINIC_MESSAGES

SHARED_APPS = [*SHARED_APPS, "example_project.citus"]
INSTALLED_APPS = [*INSTALLED_APPS, "example_project.citus"]

# Migrations that Citus accepts.
ORIGINAL_BACKEND = "vclinic_messages.citus"

# Never row-level security: to move a clinic would lose its rows.
VCLINIC_MESSAGES = {**VCLINIC_MESSAGES, "PROTECTIONS": "triggers"}

# A new connection to the coordinator opens new ones to the workers, which takes longer than a request.
DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 10}}
