"""Settings of the demo portal: what a portal with one schema per clinic needs for Messages, and why.

Settings that fit only a demo are marked. All others are what we recommend for a real portal.
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

# The schema `public` contains only the list of clinics. PostgreSQL silently uses a table of `public` if the
# clinic's schema has none of this name. So SHARED_APPS must contain neither people nor messages.
SHARED_APPS = ["django_tenants", "example_project.clinics"]

# Every clinic has its own people, sessions, pages and messages.
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
    "wagtail.contrib.settings",  # each clinic's settings of Messages
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

# A new clinic is cloned from the schema `template`, which takes about 1 second instead of about 15 for 200
# migrations. The template is migrated like the clinics and contains no people.
TENANT_BASE_SCHEMA = "template"
TENANT_CREATION_FAKES_MIGRATIONS = True

# Set the search path once per connection and clinic instead of before every statement: this halves the round
# trips. It is safe with direct connections. With PgBouncer it is safe only in session mode.
TENANT_LIMIT_SET_CALLS = True

ROOT_URLCONF = "example_project.urls"
PUBLIC_SCHEMA_URLCONF = "example_project.urls_public"
DEFAULT_NOT_FOUND_TENANT_VIEW = "example_project.clinics.views.unknown_clinic"

# The application's role owns its database but is neither superuser nor BYPASSRLS: PostgreSQL does not apply
# the row policies that separate clinics to such roles.
DATABASE_URL = os.environ.get("DATABASE_URL") or socket_url(DATA_DIR, database="portal", role="portal")
DATABASES = {"default": parse_database_url(DATABASE_URL, engine="django_tenants.postgresql_backend")}

# Without the schema in the key, one clinic would get what another clinic has cached.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
    }
}

# Wagtail's tasks do not know their schema, so they run immediately, in the request that creates them.
_tasks = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
TASKS = {"default": {"BACKEND": f"{_tasks}.backends.immediate.ImmediateBackend"}}

# --- Requests --------------------------------------------------------------------------------------------

MIDDLEWARE = [
    "example_project.clinics.middleware.ClinicMiddleware",  # first: the others read the clinic's tables
    "django.middleware.security.SecurityMiddleware",
    "example_project.portal.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",  # the browser's language, or the choice in the footer
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
# Do not set SESSION_COOKIE_DOMAIN: browsers would send one clinic's session cookie to all clinics.

# --- Messages --------------------------------------------------------------------------------------------

VCLINIC_MESSAGES = {
    "BASE_TEMPLATE": "portal/base.html",
    "DIRECTORY": "example_project.people.directory.PortalDirectory",
    "GROUPS": {"patient": "Patients", "doctor": "Doctors", "admin": "Clinic staff"},
    "HOME_URL": "/",
    "REMINDER_BASE_URL": lambda clinic: f"http://{clinic.schema_name}.localhost:{PORT}",
    "SENDS_PER_MINUTE": int(os.environ.get("MESSAGES_SENDS_PER_MINUTE") or 30),
}

# The demo writes its mails to a folder. A real portal names its mail server, with a timeout: a process has
# five minutes for each reminder.
DEFAULT_FROM_EMAIL = "Clinic portal <no-reply@portal.example>"
_MAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
if django.VERSION >= (6, 1):
    MAILERS = {"default": {"BACKEND": _MAIL_BACKEND, "OPTIONS": {"file_path": str(DATA_DIR / "mails")}}}
else:
    EMAIL_BACKEND = _MAIL_BACKEND
    EMAIL_FILE_PATH = str(DATA_DIR / "mails")

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
WAGTAILADMIN_LOGIN_URL = "login"  # the portal has one login page
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
# The demo makes no requests to other servers.
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None

# --- Other settings --------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fr", "Français"),
    ("pt", "Português"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [PROJECT_DIR / "locale"]
TIME_ZONE = "America/New_York"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# By default Django logs nothing to the console unless DEBUG is on.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler", "level": "WARNING"}},
    "root": {"handlers": ["console"]},
}
