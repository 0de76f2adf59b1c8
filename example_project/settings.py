"""Settings of the demo portal, with the reasons: what a portal with one schema per clinic needs for Messages.

What is only for a demo says so. Everything else is how we would set up a real portal.
"""

import os
from pathlib import Path

import django
from dj_database_url import parse as parse_database_url

from example_project.database.urls import socket_url

PROJECT_DIR = Path(__file__).resolve().parent
DATA_DIR = Path(os.environ.get("DEMO_DATA_DIR") or PROJECT_DIR.parent / ".demo").absolute()
PORT = int(os.environ.get("PORT") or 8000)

SECRET_KEY = "for the demo only: everybody can read this"  # noqa: S105
DEBUG = os.environ.get("DEBUG") == "1"
ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]

# --- Clinics: one PostgreSQL schema each -----------------------------------------------------------------

# In `public`: the list of the clinics and nothing else. A table missing in a clinic but present in public
# would silently be used there, so neither people nor messages may stand in SHARED_APPS.
SHARED_APPS = ["django_tenants", "example_project.clinics"]

# In every clinic: its own people, sessions, pages and messages.
TENANT_APPS = [
    "vclinic_messages",
    "example_project.people",
    "example_project.portal",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",  # Wagtail's search needs it on Django 6.1
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "modelcluster",
    "rest_framework",
    "taggit",
    "wagtail.contrib.settings",  # the clinic's switch and texts of Messages
    "wagtail.sites",
    "wagtail.users",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]

TENANT_MODEL = "clinics.Clinic"
TENANT_DOMAIN_MODEL = "clinics.Domain"
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]

# A new clinic is a copy of the schema `template` (about a second) instead of 200 migrations (about 15). The
# template is migrated with the others and holds no person.
TENANT_BASE_SCHEMA = "template"
TENANT_CREATION_FAKES_MIGRATIONS = True

# SET search_path once per connection and clinic instead of before every statement: half the round trips.
# Right with direct connections; behind PgBouncer only in session mode.
TENANT_LIMIT_SET_CALLS = True

ROOT_URLCONF = "example_project.urls"
PUBLIC_SCHEMA_URLCONF = "example_project.urls_public"
DEFAULT_NOT_FOUND_TENANT_VIEW = "example_project.clinics.views.unknown_clinic"

# The application's role owns its database and is neither superuser nor BYPASSRLS: the policies that keep
# clinics apart do not apply to those two.
DATABASE_URL = os.environ.get("DATABASE_URL") or socket_url(DATA_DIR, database="portal", role="portal")
DATABASES = {"default": parse_database_url(DATABASE_URL, engine="django_tenants.postgresql_backend")}

# Without the schema in the key, one clinic would be served what another one cached.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}

# Wagtail's tasks carry no schema, so they run at once, in the request that made them.
_tasks = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
TASKS = {"default": {"BACKEND": f"{_tasks}.backends.immediate.ImmediateBackend"}}

# --- Requests --------------------------------------------------------------------------------------------

MIDDLEWARE = [
    "example_project.clinics.middleware.ClinicMiddleware",  # first: what follows reads the clinic's tables
    "django.middleware.security.SecurityMiddleware",
    "example_project.portal.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
X_FRAME_OPTIONS = "SAMEORIGIN"  # Wagtail shows previews in a frame

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ASGI_APPLICATION = "example_project.asgi.application"
STATIC_URL = "/static/"  # served by asgi.py
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
MULTITENANT_RELATIVE_MEDIA_ROOT = "%s"  # a directory per clinic
STORAGES = {
    "default": {"BACKEND": "django_tenants.files.storage.TenantFileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # Wagtail's page editor

# --- People ----------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["example_project.people.backends.PortalBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
# Cookies stay with the host they were set for. A SESSION_COOKIE_DOMAIN would send one clinic's to all.

# --- Messages --------------------------------------------------------------------------------------------

VCLINIC_MESSAGES = {
    "BASE_TEMPLATE": "portal/base.html",
    "DIRECTORY": "example_project.people.directory.PortalDirectory",
    "GROUPS": {"patient": "Patients", "doctor": "Doctors", "admin": "Clinic staff"},
    "HOME_URL": "/",
    "SENDS_PER_MINUTE": int(os.environ.get("MESSAGES_SENDS_PER_MINUTE") or 30),
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {"TITLE": "Messages", "VERSION": "1", "SERVE_INCLUDE_SCHEMA": False}

# --- Wagtail ---------------------------------------------------------------------------------------------

WAGTAIL_SITE_NAME = "Clinic portal"
WAGTAILADMIN_BASE_URL = f"http://localhost:{PORT}"
WAGTAILADMIN_LOGIN_URL = "login"  # one door to the portal
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
# The demo speaks to nobody outside.
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None

# --- The rest --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "America/New_York"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Django's own logging tells the console nothing unless DEBUG is on.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "WARNING"}},
    "root": {"handlers": ["console"]},
}
