"""What code must not do where clinics are schemas: each was seen to mix up two clinics, or to break one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from asgiref.sync import iscoroutinefunction

import vclinic_messages
from tests.isolation.addresses import views

PACKAGE = Path(vclinic_messages.__file__).parent
ALL = sorted(PACKAGE.rglob("*.py"))
SOURCES = [path for path in ALL if "migrations" not in path.parts]
MIGRATIONS = [path for path in ALL if "migrations" in path.parts]

#: Belong to the process, the database or whoever is at hand, not to a clinic.
FORBIDDEN = {
    "django.core.cache": "one clinic gets what another stored",
    "advisory_lock": "one lock for all clinics",
    ".connection.connection": "past Django's pool, the search path is anybody's",
    "with tenant": "its stack is shared by all threads",
    "using(": "only the default connection is switched",
    "django.tasks": "a task carries no clinic",
    "throttle_classes": "counts the user of equal key in another clinic",
    'sensitive_variables("': "names some variables, and so shows all others",
}

#: What names a table of a clinic: the roles belong to the server.
TABLE = re.compile(r"\b(FROM(?! pg_roles\b)|JOIN|INTO|UPDATE|TABLE|TRUNCATE|LOCK|COPY)\b", re.IGNORECASE)

#: Where a statement is put together: what comes in there may name a table.
HOLE = re.compile(r"\{\w+\}")

#: Made of settings, code, and a language: nothing of a clinic goes in.
KEPT = {
    "_backend",
    "_characters_by_folded",
    "_clock",
    "_day_name",
    "_directory",
    "_forms",
    "_group_names_sql",
    "_plurals",
    "_role_label",
    "_short_day",
    "_span",
    "_writers",
}

#: Of an object that one request has for itself: a report's paginator.
KEPT_BY_A_REQUEST = {"count", "found"}


def in_package(paths):
    return pytest.mark.parametrize("path", paths, ids=lambda path: str(path.relative_to(PACKAGE)))


@in_package(SOURCES)
def test_what_no_file_of_ours_does(path):
    text = path.read_text()
    assert {each: why for each, why in FORBIDDEN.items() if each in text} == {}


@in_package(SOURCES)
def test_a_statement_written_by_hand_makes_sure_of_the_clinic(path):
    """Queries of the models do by themselves."""
    assert [ast.unparse(call) for call in Statements(path.read_text()).unsure()] == []


UNSURE = {
    "a literal": """
def count(cursor):
    cursor.execute("SELECT count(*) FROM vclinic_messages_message")
""",
    "another statement of the module makes sure": """
_SURE = "SELECT id FROM vclinic_messages_message WHERE current_schema() = %s"
_UNSURE = "SELECT id FROM vclinic_messages_message"
def read(cursor):
    cursor.execute(_SURE)
    cursor.execute(_UNSURE)
""",
    "made sure afterwards": """
def empty(cursor):
    cursor.execute("DELETE FROM vclinic_messages_message")
    verify_clinic()
""",
    "made sure at times": """
def empty(cursor, is_alone):
    if is_alone:
        verify_clinic()
    cursor.execute("DELETE FROM vclinic_messages_message")
""",
    "one of two callers": """
def _empty(cursor, name):
    cursor.execute(f"DELETE FROM {name}")
def carefully(cursor):
    verify_clinic()
    _empty(cursor, "vclinic_messages_message")
def carelessly(cursor):
    _empty(cursor, "vclinic_messages_message")
""",
    "put together": """
_COUNT = "SELECT {what}"
def count(cursor):
    cursor.execute(_COUNT.format(what="count(*) FROM vclinic_messages_message"))
""",
    "raw": "rows = Message.objects.raw('SELECT * FROM vclinic_messages_message')",
}


@pytest.mark.parametrize("source", UNSURE.values(), ids=list(UNSURE))
def test_a_statement_that_is_not_sure_is_found(source):
    assert len(list(Statements(source).unsure())) == 1


class Statements:
    """The statements that a module runs by hand, and which of them may run in the wrong clinic."""

    def __init__(self, source):
        tree = ast.parse(source)
        self.constants = {
            node.targets[0].id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and isinstance(node.value, ast.Constant)
        }
        functions = [
            node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ]
        self.enclosing = {call: each for each in functions for call in calls_in(each)}
        self.calls = calls_in(tree)

    def unsure(self):
        for call in self.calls:
            if called(call) in ("execute", "executemany", "raw") and not self._is_sure(call):
                yield call

    def _is_sure(self, call):
        text = self._text(call.args[0]) if call.args else None
        if text is not None and ("current_schema()" in text or not (TABLE.search(text) or HOLE.search(text))):
            return True
        return self._is_verified_before(call)

    def _text(self, argument):
        """The statement, where it stands in the module as a whole; else None."""
        if isinstance(argument, ast.Call) and called(argument) == "format":
            return self._text(argument.func.value)
        if isinstance(argument, ast.Call) and called(argument) == "SQL":
            return self._text(argument.args[0])
        if isinstance(argument, ast.Name):
            return self.constants.get(argument.id)
        return argument.value if isinstance(argument, ast.Constant) else None

    def _is_verified_before(self, call):
        """In its function, or by everybody in the module who calls that, if nobody else may."""
        function = self.enclosing.get(call)
        if function is None:
            return False
        if any(line < call.lineno for line in verified_at(function.body)):
            return True
        callers = [each for each in self.calls if called(each) == function.name]
        is_private = function.name.startswith("_")
        return is_private and bool(callers) and all(map(self._is_verified_before, callers))


def calls_in(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def called(call):
    """The plain name of what is called."""
    return getattr(call.func, "attr", None) or getattr(call.func, "id", None)


def verified_at(body):
    """The lines at which the clinic is verified in any case."""
    for node in body:
        if isinstance(node, ast.With):
            yield from verified_at(node.body)
        if isinstance(node, ast.Expr) and ast.unparse(node) == "verify_clinic()":
            yield node.lineno


def test_what_a_process_keeps_is_the_same_in_every_clinic():
    found = {name for path in SOURCES for name in kept_by(ast.parse(path.read_text()))}
    why = "a process serves all clinics: a result that is kept must hold nothing of one"
    assert found == KEPT | KEPT_BY_A_REQUEST, why


def kept_by(tree):
    """The functions whose results are kept."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any("cache" in ast.unparse(d) for d in node.decorator_list):
            yield node.name


@in_package(SOURCES)
def test_everything_signed_holds_in_one_clinic_only(path):
    """All clinics have the same SECRET_KEY. The one module that signs includes the clinic in the text."""
    assert signs(ast.parse(path.read_text())) == (path.name == "tickets.py")


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
        if isinstance(node, ast.With) and "inside(" in "".join(map(ast.unparse, node.items)):
            assert not any(isinstance(each, ast.Await) for each in ast.walk(node))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            assert "inside(" not in decorators
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
    if "vclinic_messages.tenancy.inside" in names:
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
