"""drf-spectacular is optional: without it the API is the same, only without its description."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.postgres import ROOT

SCRIPT = """
import sys
import django
django.setup()
sys.modules["drf_spectacular.utils"] = None  # importing it raises ImportError
from vclinic_messages.api import openapi, urls
assert not openapi.HAS_SPECTACULAR
print(len(urls.urlpatterns), "URLs")
"""


def test_the_api_works_without_drf_spectacular():
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "example_project.settings"}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("17 URLs\n", 0), done.stderr
