"""Two types of tenants. Pharmacies have no Messages, and the same templates."""

from portal.settings import *  # noqa: F403
from portal.settings import SHARED_APPS, TENANT_APPS

HAS_MULTI_TYPE_TENANTS = True
MULTI_TYPE_DATABASE_FIELD = "type"
TENANT_TYPES = {
    "public": {"APPS": SHARED_APPS, "URLCONF": "portal.urls_public"},
    "clinic": {"APPS": TENANT_APPS, "URLCONF": "portal.urls"},
    "pharmacy": {
        "APPS": ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        "URLCONF": "portal.urls_pharmacy",
    },
}
del globals()["SHARED_APPS"], globals()["TENANT_APPS"]
ROOT_URLCONF = ""
