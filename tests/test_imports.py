"""Which way imports run, and what stays out of which module (architecture)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "vclinic_messages"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)

#: Each line imports only from itself and the lines above it.
LEVELS = [
    {"errors", "conf", "signals", "words", "live"},
    {"tenancy", "faults", "live.events"},
    {"models"},
    {"body", "directory", "times", "live.backends", "live.tickets", "live.streams", "live.hub"},
    {"feature", "isolation", "copies"},
    {"policies", "selectors", "live.publish"},
    {"actions"},
    {"api", "pages", "wagtail_admin", "live.asgi", "templatetags"},
    {"apps", "wagtail_hooks", "checks", "testing", "urls", "management"},
]
#: Of one level, but nothing to each other.
STRANGERS = {"api", "pages", "wagtail_admin", "live.asgi", "templatetags"}

ONLY_IN = {
    "rest_framework": ["api"],
    "drf_spectacular": ["api"],
    "django_tenants": ["tenancy"],
    "wagtail": ["wagtail_hooks", "wagtail_admin", "models.settings"],
}


def module_name(path: Path) -> str:
    """``actions.sending`` for vclinic_messages/actions/sending.py; empty for the package itself."""
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """The full names of everything that a file imports, at whatever depth."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def unit(name: str) -> str:
    """The part of the package that a module belongs to."""
    named = {each for level in LEVELS for each in level}
    return next((each for each in (".".join(name.split(".")[:2]), name.split(".")[0]) if each in named), name)


def level(name: str) -> int:
    found = [index for index, units in enumerate(LEVELS) if unit(name) in units]
    assert found, f"{name} stands on no level: give it one"
    return found[0]


def own_imports(path: Path) -> set[str]:
    prefix = "vclinic_messages."
    return {name.removeprefix(prefix) for name in imports(path) if name.startswith(prefix)} - {"__version__"}


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_run_one_way(path):
    mine = module_name(path)
    if not mine:
        assert own_imports(path) == set()
        return
    for other in own_imports(path):
        assert level(other) <= level(mine), f"{mine} imports {other}"
        if unit(mine) in STRANGERS and unit(other) in STRANGERS:
            assert unit(mine) == unit(other), f"{mine} imports {other}"


def test_only_actions_publish():
    importers = {
        module_name(path)
        for path in MODULES
        if any(name.startswith("live.publish.") for name in own_imports(path))
    }
    assert {unit(name) for name in importers} == {"actions"}


@pytest.mark.parametrize(("package", "places"), ONLY_IN.items())
def test_a_package_is_imported_only_where_it_belongs(package, places):
    users = {
        module_name(path) for path in MODULES if any(name.split(".")[0] == package for name in imports(path))
    }
    strays = {name for name in users if not any(name == p or name.startswith(f"{p}.") for p in places)}
    assert users
    assert strays == set()


def test_settings_are_read_in_one_place():
    readers = {module_name(path) for path in MODULES if "django.conf.settings" in imports(path)}
    names_the_user_model = {"models.people", "models.mailboxes"}
    assert readers - names_the_user_model <= {"conf", "checks"} | {
        n for n in readers if n.startswith("live.")
    }


def test_the_package_itself_imports_nothing():
    assert list(imports(PACKAGE / "__init__.py")) == []


def test_no_module_is_a_drawer():
    names = {part for path in PACKAGE.rglob("*") for part in (path.stem,)}
    assert names & {"utils", "helpers", "common", "misc"} == set()


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_file_stays_below_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400
