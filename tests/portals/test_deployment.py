"""docs/how-to/deploy.md: systemd accepts the units, nginx and Caddy serve the portal, commands succeed."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.portals.building import Environment, run
from tests.portals.hosting import Host
from tests.portals.serving import serving
from tests.portals.tutorial import blocks, commands
from tests.portals.visiting import Person, Site
from tests.portals.walk import start, walk
from tests.servers import Portal, free_port

PAGE = "how-to/deploy.md"
#: Pages with commands for whoever runs a portal, in the order in which they are needed.
RUNNING = (PAGE, "how-to/monitoring.md", "how-to/upgrade.md", "how-to/troubleshooting.md")
HOST = "riverside.localhost"
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


@dataclass(frozen=True)
class Deployed:
    """The portal with the settings of the page, and its two running services."""

    portal: Host
    #: What the file of a proxy gets instead of the names in the page.
    names: dict[str, str]
    certificate: Path
    folder: Path


@pytest.fixture
def portal(clinic_users: Callable[[str], Host], tmp_path: Path) -> Host:
    """A portal with the settings of the page."""
    portal = clinic_users("portal.deployed")
    [settings] = [text for language, text in blocks(PAGE) if language == "python"]
    page = replaced(settings, {"/srv/portal/static": str(tmp_path / "static")})
    (portal.folder / "portal" / "deployed.py").write_text(SETTINGS.format(page=page))
    return portal


@pytest.fixture
def deployed(portal: Host, tmp_path: Path) -> Iterator[Deployed]:
    portal.manage("collectstatic", "--noinput")
    key, chain = tmp_path / "portal.key", tmp_path / "portal.pem"
    options = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=portal"]
    names = ["-addext", f"subjectAltName=DNS:{HOST}"]
    run(["openssl", "req", "-x509", *options, *names, "-keyout", str(key), "-out", str(chain)])
    replacements = {
        "/etc/ssl/private/portal.example.key": str(key),
        "/etc/ssl/portal.example.pem": str(chain),
        "/srv/portal/static": str(tmp_path / "static"),
    }
    with ExitStack() as stack:
        for service, port in (("portal-web", "8000"), ("portal-streams", "8001")):
            [command] = re.findall(r"^ExecStart=(.+)$", files("ini")[f"{service}.service"], re.MULTILINE)
            command = replaced(command, {"/srv/portal/venv/bin/": "", port: "{port}"})
            server = stack.enter_context(portal.serving(shlex.split(command)))
            replacements[f"127.0.0.1:{port}"] = f"127.0.0.1:{server.port}"
        yield Deployed(portal, replacements, chain, tmp_path)


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


def test_nginx_serves_the_portal(deployed: Deployed) -> None:
    [(name, text)] = files("nginx").items()
    port, folder = free_port(), deployed.folder
    names = {"listen 443 ssl": f"listen 127.0.0.1:{port} ssl", ".portal.example;": ".localhost;"}
    (folder / name).write_text(replaced(text, {**deployed.names, **names}))
    main = folder / "nginx.conf"
    main.write_text(NGINX.format(folder=folder, site=folder / name))
    command = ["nginx", "-e", "stderr", "-p", str(folder), "-c", str(main)]
    assert "test is successful" in run([*command, "-t"], env=with_sbin(folder))
    with serving(command, folder=folder, variables=with_sbin(folder), port=port) as nginx:
        is_served(nginx, deployed)
    assert nginx.process.returncode == 0


#: The file around the site. Root would start processes as a user who cannot read the folder.
NGINX = """
user root;
daemon off;
pid {folder}/pid;
events {{}}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/responses;
    include {site};
}}
"""


def test_caddy_serves_the_portal(deployed: Deployed) -> None:
    [(name, text)] = files("caddy").items()
    port, folder = free_port(), deployed.folder
    site = replaced(text, {**deployed.names, "*.portal.example": f"*.localhost:{port}"})
    (folder / name).write_text(f"{CADDY}\n{site}")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / name)]
    with serving(command, folder=folder, variables=with_sbin(folder), port=port) as caddy:
        is_served(caddy, deployed)
    assert caddy.process.returncode == 0


#: Without its ports for commands and for redirects, which another test may use at the same time.
CADDY = "{\n\tadmin off\n\tauto_https disable_redirects\n}"


def is_served(proxy: Portal, deployed: Deployed) -> None:
    """Use the portal through the proxy. A wrong host is no clinic, and a wrong scheme is redirected."""
    site = Site(proxy, HOST, certificate=deployed.certificate)
    walk(site)
    patient, doctor = Person(site), Person(site)
    patient.sign_in("patient")
    doctor.sign_in("doctor")
    scripts = [str(script["src"]) for script in doctor.get_page("/messages/").select("script[src]")]
    assert scripts
    for script in scripts:
        assert "javascript" in doctor.get(script).headers["Content-Type"]
    url = doctor.call("POST", "live/ticket/")["url"]
    with doctor.http.stream("GET", url) as stream:
        lines = stream.iter_lines()
        assert "event: open" in lines
        start(patient)
        assert "event: poke" in lines


def with_sbin(home: Path) -> dict[str, str]:
    return {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin", "HOME": str(home)}


def test_the_commands_for_whoever_runs_a_portal(portal):
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
