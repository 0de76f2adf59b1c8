"""WSGI: gunicorn, static files by WhiteNoise under names with a hash, streams in a process of their own."""

import os

from portal.settings import *  # noqa: F403
from portal.settings import BASE_DIR, MIDDLEWARE

MIDDLEWARE = [MIDDLEWARE[0], "whitenoise.middleware.WhiteNoiseMiddleware", *MIDDLEWARE[1:]]
STATIC_ROOT = BASE_DIR / "collected"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
VCLINIC_MESSAGES = {"LIVE": {"STREAM_URL": os.environ.get("STREAM_URL", "")}}
