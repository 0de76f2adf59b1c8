"""People in a portal, by plain HTTP: no scripts, no code of the portal."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from bs4 import BeautifulSoup, Tag

from tests.servers import Portal

#: Of everybody in every portal.
PASSWORD = "tutorial"


@dataclass
class Site:
    """A clinic of a running portal. ``prefix`` is the part of the path before every page of the clinic."""

    portal: Portal
    host: str
    prefix: str = ""
    login: str = "/login/"
    messages: str = "/messages/"
    home: str = "/"
    #: User names that differ from the name of the account.
    accounts: dict[str, str] = field(default_factory=dict)
    #: Headers of an API client, by account; without, the session is used.
    tokens: dict[str, str] = field(default_factory=dict)
    #: The certificate of a server that speaks HTTPS.
    certificate: Path | None = None

    @property
    def api(self) -> str:
        return f"{self.messages}api/v1/"


class Person:
    """A visitor with a browser of their own."""

    def __init__(self, site: Site) -> None:
        self.site = site
        scheme = "https" if site.certificate else "http"
        host = f"{site.host}:{site.portal.port}"
        self.http = httpx.Client(
            base_url=f"{scheme}://127.0.0.1:{site.portal.port}",
            headers={"Host": host, "Origin": f"{scheme}://{host}"},
            verify=ssl.create_default_context(cafile=site.certificate),
            event_hooks={"request": [self._name_the_host]},
            timeout=60,
        )

    def _name_the_host(self, request: httpx.Request) -> None:
        """Tell a server with several certificates which one is wanted."""
        request.extensions["sni_hostname"] = self.site.host

    def get(self, path: str, *, status: int = 200) -> httpx.Response:
        response = self.http.get(self.site.prefix + path)
        assert response.status_code == status, f"{path}: {response.status_code} {response.text[:500]}"
        return response

    def get_page(self, path: str) -> BeautifulSoup:
        response = self.get(path)
        return BeautifulSoup(response.text, "html.parser")

    def press(
        self, path: str, selector: str, *, without: tuple[str, ...] = (), **typed: str
    ) -> httpx.Response:
        """Fill in the form that matches, on the page at this path, and send it. Return the last response."""
        page = self.get_page(path)
        form = page.select_one(selector)
        assert form is not None, f"no {selector} in {path}"
        form = form if form.name == "form" else form.find_parent("form")
        values = {name: value for name, value in fields(form).items() if name not in without}
        action = str(form.get("action") or "") or self.site.prefix + path
        response = self.http.post(action, data={**values, **typed}, follow_redirects=True)
        assert response.status_code == 200, f"{action}: {response.status_code} {response.text[:2000]}"
        return response

    def sign_in(self, name: str) -> None:
        user = self.site.accounts.get(name, name)
        self.press(self.site.login, "[name=username]", username=user, password=PASSWORD)
        assert "sessionid" in self.http.cookies, f"{name} is not signed in"

    def call(self, method: str, path: str, data: Any = None, **headers: str) -> Any:
        """Call the API by the session, or with these headers."""
        token = self.http.cookies.get("csrftoken", "")
        response = self.http.request(
            method,
            f"{self.site.prefix}{self.site.api}{path}",
            json=data,
            headers={"X-CSRFToken": token, **headers},
        )
        assert response.status_code < 400, f"{path}: {response.status_code} {response.text[:500]}"
        return response.json()


def fields(form: Tag) -> dict[str, str]:
    """What a browser would send without a button."""
    values: dict[str, str] = {}
    for each in form.select("input[name], textarea[name], select[name]"):
        name, kind = str(each["name"]), each.get("type")
        if kind in ("radio", "checkbox") and not each.has_attr("checked"):
            continue
        if kind in ("submit", "file"):
            continue
        if each.name == "textarea":
            values[name] = each.get_text().removeprefix("\n")
        elif each.name == "select":
            chosen = each.select_one("option[selected]") or each.select_one("option")
            values[name] = str(chosen.get("value", "")) if chosen else ""
        else:
            values[name] = str(each.get("value", "on" if kind == "checkbox" else ""))
    return values
