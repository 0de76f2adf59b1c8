"""What docs/how-to/deploy.md shows is accepted by systemd, nginx and Caddy, and its commands succeed."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from tests.portals.building import Environment, run
from tests.portals.tutorial import blocks, commands
from tests.servers import free_port

PAGE = "how-to/deploy.md"
#: Pages with commands for whoever runs a portal, in the order in which they are needed.
RUNNING = (PAGE, "how-to/monitoring.md", "how-to/upgrade.md", "how-to/troubleshooting.md")
#: What a portal on the internet has besides the settings of the page: `check --deploy` asks for it.
SETTINGS = """
import os
from portal.settings import *
from portal.settings import DATABASES

{page}

ALLOWED_HOSTS.append(".localhost")
SECRET_KEY = "for tests only, and as long and as varied as a key must be 0123456789"
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS, SECURE_HSTS_PRELOAD = 3600, True, True
MIDDLEWARE = [*MIDDLEWARE, "django.middleware.clickjacking.XFrameOptionsMiddleware"]
"""


def files(kind: str) -> dict[str, str]:
    """The files of a kind that the page shows, by name."""
    shown = [text for language, text in blocks(PAGE) if language == kind]
    return {Path(re.findall(r"\A# (\S+)\n", text)[0]).name: text for text in shown}


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """A certificate of our own, by the names in the page."""
    key, chain = tmp_path / "portal.key", tmp_path / "portal.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-subj", "/CN=portal.example", "-days", "2"]
    run(["openssl", "req", "-x509", *options, "-keyout", str(key), "-out", str(chain)])
    return {"/etc/ssl/private/portal.example.key": str(key), "/etc/ssl/portal.example.pem": str(chain)}


def replaced(text: str, names: dict[str, str]) -> str:
    for name, other in names.items():
        assert name in text
        text = text.replace(name, other)
    return text


def test_systemd_accepts_the_units(environment: Environment, tmp_path: Path) -> None:
    units = files("ini")
    assert len(units) == 6
    for name, text in units.items():
        programs = text.replace("/srv/portal/venv/bin", str(environment.folder / "bin"))
        (tmp_path / name).write_text(programs)
    told = run(["systemd-analyze", "verify", *(str(tmp_path / name) for name in units)])
    assert "portal-" not in told


def test_nginx_accepts_the_site(certificate: dict[str, str], tmp_path: Path) -> None:
    [(name, text)] = files("nginx").items()
    site = replaced(text, {**certificate, "listen 443 ssl": f"listen 127.0.0.1:{free_port()} ssl"})
    (tmp_path / name).write_text(site)
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{ access_log off; include {tmp_path / name}; }}\n"
    )
    command = ["nginx", "-t", "-e", "stderr", "-p", str(tmp_path), "-c", str(main)]
    assert "test is successful" in run(command, env=with_sbin(tmp_path))


def test_caddy_accepts_the_file(certificate: dict[str, str], tmp_path: Path) -> None:
    [(name, text)] = files("caddy").items()
    (tmp_path / name).write_text(replaced(text, certificate))
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(tmp_path / name)]
    assert "Valid configuration" in run(command, env=with_sbin(tmp_path))


def with_sbin(home: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(home)}


def test_the_commands_for_whoever_runs_a_portal(clinic_users, tmp_path):
    portal = clinic_users("portal.deployed")
    [settings] = [text for language, text in blocks(PAGE) if language == "python"]
    page = replaced(settings, {"/srv/portal/static": str(tmp_path)})
    (portal.folder / "portal" / "deployed.py").write_text(SETTINGS.format(page=page))
    lines = [
        line
        for page in RUNNING
        for language, text in blocks(page)
        if language == "console"
        for line in commands(text)
        if line.startswith("python manage.py")
    ]
    assert len(lines) > 15
    portal.manage("shell", "-c", SWITCH_ON)
    for line in lines:
        run(["bash", "-c", line], cwd=portal.folder, env=portal.variables())


SWITCH_ON = """
from django_tenants.utils import schema_context
from vclinic_messages.testing import switch_messages
with schema_context("riverside"):
    switch_messages(emergency_notice="Call 911.")
"""
