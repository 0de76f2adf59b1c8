"""Import this in the process that multiprocessing forks servers from, so that each of them starts at once.

Importing the portal takes about two seconds of processor time, and hundreds of tests need a server of
their own.
"""

from __future__ import annotations

import django
import uvicorn.loops.auto
import uvicorn.protocols.http.auto  # noqa: F401
from django.template.loader import get_template
from django.urls import get_resolver

import example_project.asgi  # noqa: F401
import tests.servers  # noqa: F401
from tests.postgres import ROOT

TEMPLATES = ROOT / "vclinic_messages" / "templates"

django.setup()
_ = get_resolver().url_patterns
for path in TEMPLATES.rglob("*.html"):
    get_template(str(path.relative_to(TEMPLATES)))
