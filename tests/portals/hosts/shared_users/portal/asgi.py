import os

from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler
from django.core.asgi import get_asgi_application

from vclinic_messages.live.asgi import live_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
application = live_application(ASGIStaticFilesHandler(get_asgi_application()))
