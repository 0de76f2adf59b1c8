"""The portal as an ASGI application. It also serves static files; a real portal leaves them to its proxy."""

import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")

django_application = ASGIStaticFilesHandler(get_asgi_application())

from vclinic_messages.live.asgi import live_application  # noqa: E402 - after Django is set up

# The streams of Messages do not reach Django, which would occupy a thread for each of them.
application = live_application(django_application)
