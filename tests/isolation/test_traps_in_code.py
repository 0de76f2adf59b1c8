"""What our code must not do, because each clinic is a schema. Each trap once mixed up or broke clinics."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from asgiref.sync import iscoroutinefunction

import vclinic_messages
from tests.isolation.addresses import views

PACKAGE = Path(vclinic_messages.__file__).parent
ALL = sorted(PACKAGE.rglob("*.py"))
SOURCES = [path for path in ALL if "migrations" not in path.parts]
MIGRATIONS = [path for path in ALL if "migrations" in path.parts]

#: These belong to the process, the database or the current thread, not to a clinic.
FORBIDDEN = {
    ".raw(": "a statement without the check of the clinic",
    "RawSQL": "a statement without the check of the clinic",
    "django.core.cache": "one clinic gets what another stored",
    "advisory_lock": "one lock for all clinics",
    ".connection.connection": "past Django's pool, the search path is unknown",
    "with tenant:": "its stack is shared by all threads",
    "using(": "only the default connection is switched",
    "django.tasks": "a task carries no clinic",
    "throttle_classes": "counts the user of equal key in another clinic",
    'sensitive_variables("': "names some variables, and so shows all others",
}

#: Computed from settings, code and a language only: nothing of a clinic goes in.
CACHED = {
    "_backend",
    "_folded_character",
    "_clock",
    "_day_name",
    "_directory",
    "_folded_piece",
    "_group_names_sql",
    "_is_mark",
    "_not_read",
    "_number",
    "_plural_forms",
    "_role_label",
    "_short_day",
    "_span",
    "_tables",
    "_team_icon",
    "_time_forms",
    "_wait",
    "_waiting",
    "_writers",
}

#: Cached properties of an object that serves one request: a report's paginator, the clinic's settings.
CACHED_BY_A_REQUEST = {"_counted", "count", "hours", "zone"}


def in_package(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(PACKAGE)))


@in_package(SOURCES)
def test_what_no_file_of_ours_does(path):
    text = path.read_text().replace("throttle_classes = []", "")  # none: that counts nobody
    assert {each: why for each, why in FORBIDDEN.items() if each in text} == {}


@in_package(SOURCES)
def test_only_tenancy_opens_a_cursor(path):
    """It checks the clinic in each statement of run_in_clinic, and once for the cursor of clinic_cursor."""
    assert (".cursor(" in path.read_text()) == (path == PACKAGE / "tenancy.py")


def test_what_a_process_caches_is_the_same_in_every_clinic():
    found = {name for path in SOURCES for name in cached_in(ast.parse(path.read_text()))}
    why = "a process serves all clinics: a cached result must not depend on one"
    assert found == CACHED | CACHED_BY_A_REQUEST, why


def cached_in(tree):
    """Yield the functions whose results are cached."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any("cache" in ast.unparse(d) for d in node.decorator_list):
            yield node.name


@in_package(SOURCES)
def test_everything_signed_is_valid_in_one_clinic_only(path):
    """All clinics have the same SECRET_KEY. The modules that sign include the clinic in the text."""
    assert signs(ast.parse(path.read_text())) == (path.name in {"addresses.py", "events.py", "tickets.py"})


@pytest.mark.parametrize(
    "line",
    [
        "import django.core.signing",
        "import django.core.signing as tool",
        "from django.core import checks, signing",
        "from django.core import signing as tool",
        "from django.core.signing import dumps",
        "from django.core.signing import Signer as Tool",
        "def issue():\n    from django.core.signing import TimestampSigner",
        "from django import core\ncore.signing.dumps({})",
    ],
)
def test_however_signing_is_imported_it_is_found(line):
    assert signs(ast.parse(line))
    assert not signs(ast.parse("from django.core import checks"))


def signs(tree):
    """Whether the module can get at django.core.signing."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            names |= {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}
        if isinstance(node, ast.Attribute):
            names.add(f"django.{ast.unparse(node).removeprefix('django.')}")
    return "django.core.signing" in names


@in_package(SOURCES)
def test_a_clinic_is_entered_in_synchronous_code_and_by_with_only(path):
    """Around an await only the event loop's connection changes; as decorators the contexts are shared."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.With) and "schema_context(" in "".join(map(ast.unparse, node.items)):
            assert not any(isinstance(each, ast.Await) for each in ast.walk(node))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            assert "_context(" not in decorators


@in_package(SOURCES)
def test_asynchronous_code_of_ours_asks_no_table(path):
    """In the event loop the connection is in no clinic: what needs a table enters the clinic itself."""
    tree = ast.parse(path.read_text())
    if not any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree)):
        return
    names = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    if "vclinic_messages.tenancy.schema_context" in names:
        return
    assert not any(
        name.startswith(("vclinic_messages.models", "vclinic_messages.selectors")) for name in names
    )
    assert "models" not in {part for name in names for part in name.split(".")}


@pytest.mark.parametrize(("route", "view"), views().items(), ids=list(views()))
def test_no_view_of_ours_is_asynchronous(route, view):
    """Under ATOMIC_REQUESTS it would raise, in the Wagtail admin it would fail."""
    assert not iscoroutinefunction(view)


@in_package(MIGRATIONS)
def test_what_no_migration_of_ours_does(path):
    """An extension would land in one clinic's schema; clinics are migrated in transactions."""
    for forbidden in ("CREATE EXTENSION", "CONCURRENTLY", "Concurrently", "atomic = False"):
        assert forbidden not in path.read_text()
