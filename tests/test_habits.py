"""Habits of the code, the texts and the tests that no linter checks."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

from tests.postgres import ROOT

PACKAGE = ROOT / "vclinic_messages"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = [*PAGES, *sorted(PACKAGE.rglob("*.html")), *sorted(PACKAGE.rglob("*.po"))]
BROWSER_TESTS = sorted((ROOT / "tests" / "browser").rglob("*.py"))
SLEEP = re.compile(r"wait_for_timeout|\bsleep\(|time\.sleep")

#: `Any` in signatures switches off the type checker for every caller.
MOST_ANY = 40

#: Phrases that made readers stop. Say it in plain English: subject first, the field's words.
PHRASES = re.compile(
    r"""
    \bat\ hand\b
    | \bstands\ (in|on)\b
    | \bin\ (which\ anybody|whose)\b
    | \banew\b
    | \bwhat\ is\ no\b
    | \bis\ none\ of\b
    | \bso\ many\ as\b
    | \bthat\ cannot\ be[.,]
    | \bwaits?\ no\ more\b
    | \bin\ words\.
    | \bbeside\ the\b
    | \bstatements?\ of\ their\ own\b
    | \bnext\ reading\b
    | \bquestion\ to\ the\ directory\b
    | \breads?\ none\b
    | \bstill\ under\ way\b
    | \basked\ for\ by\ itself\b
    | \bgiven?\ (a\ key\ )?again\b
    | \btold\ by\ (its|the|their)\b
    | \bwhat\ waits\b
    | \b(off|stop)\ the\ (clinic's\ )?waiting\ list\b
    """,
    re.IGNORECASE | re.VERBOSE,
)

#: Old names of things that have one name now. A participant has no seat, an inbox query is no cut.
OLD_NAMES = {
    "CloseView", "ConversationRecord", "Cut", "Holding", "Keeper", "Letter", "SILENCE",
    "check_may_close_waiting", "close_for_others", "coded_faults", "conversation_record", "cut", "faults",
    "holding", "kept_name", "knows_seen", "mailbox_locks", "may_be_closed",
    "may_close_for_others", "own_clinic_only", "require_enabled", "sent_before", "started_before",
    "taken_at", "without_values",
}  # fmt: skip
OLD_PARTS = {"seat", "seats", "thread", "threads"}

#: Where a thread is one of the operating system.
ABOUT_THREADS = {
    PACKAGE / "live",
    ROOT / "docs" / "performance.md",
    ROOT / "docs" / "explanation" / "decisions" / "event-stream.md",
    ROOT / "docs" / "how-to" / "notifications.md",
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def phrases(text: str) -> list[str]:
    """Return the banned phrases in the text. A phrase may be broken over two lines."""
    joined = re.sub(r"\s*\n[\s#]*", " ", text)
    return [match.group() for match in PHRASES.finditer(joined)]


def prose(source: str) -> str:
    """Return the docstrings and comments of a module."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, documented)]
    return "\n".join([*comments, *(ast.get_docstring(node) or "" for node in nodes)])


def identifiers(source: str) -> set[str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {token.string for token in tokens if token.type == tokenize.NAME}


def words_of_prose(text: str) -> set[str]:
    return set(re.findall(r"\b\w+\b", text))


def old_names(names: set[str], *, allowed: set[str] = frozenset()) -> set[str]:
    """Return the names that are old, or that contain an old word."""

    def parts(name: str) -> set[str]:
        return set(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower().split("_"))

    return {name for name in names if name in OLD_NAMES or parts(name) & (OLD_PARTS - allowed)}


def is_about_threads(path: Path) -> bool:
    return any(path == each or each in path.parents for each in ABOUT_THREADS)


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_file_stays_below_400_lines(path):
    assert len(path.read_text().splitlines()) <= 400


def test_no_module_has_a_name_that_fits_everything():
    names = {path.stem for path in PACKAGE.rglob("*")}
    assert names & {"utils", "helpers", "common", "misc"} == set()


def test_the_package_itself_imports_nothing():
    """Setuptools reads the version without the dependencies."""
    body = ast.walk(ast.parse((PACKAGE / "__init__.py").read_text()))
    assert not any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in body)


def test_signatures_name_their_types():
    command = [sys.executable, "-m", "ruff", "check", "--select", "ANN401", "--exit-zero"]
    command += ["--output-format", "json", str(PACKAGE)]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    places = [f"{Path(each['filename']).name}:{each['location']['row']}" for each in found]
    assert len(places) <= MOST_ANY, places


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_docstrings_and_comments_are_plain_english(path):
    assert phrases(prose(path.read_text())) == []


@pytest.mark.parametrize("path", TEXTS, ids=named)
def test_pages_and_texts_on_screens_are_plain_english(path):
    assert phrases(path.read_text()) == []


def test_the_search_for_phrases_finds_them():
    found = phrases("The clinic at\n    # hand. What is no number, in words. Beside\n  the list.")
    assert found == ["at hand", "What is no", "in words.", "Beside the"]
    found = phrases("The list of what waits. Whoever leaves reads none. Before a key\nis given again.")
    assert found == ["what waits", "reads none", "given again"]
    assert phrases("It cannot be stored. A stand in. Other words, in words of one line.") == []
    assert phrases(prose('def f():\n    """Put anew."""\n    return "anew"  # stands in')) != []


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_identifiers_have_their_new_names(path):
    allowed = {"thread", "threads"} if is_about_threads(path) else set()
    assert old_names(identifiers(path.read_text()), allowed=allowed) == set()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_pages_use_the_new_names(path):
    allowed = {"thread", "threads"} if is_about_threads(path) else set()
    verbs_and_folders = {"cut", "faults", "holding"}
    names = words_of_prose(path.read_text()) - verbs_and_folders
    assert old_names(names, allowed=allowed) == set()


def test_the_search_for_old_names_finds_them():
    names = {"SeatRow", "_number_seats", "thread_context", "Cut", "threading", "letter", "execute"}
    assert old_names(names) == {"SeatRow", "_number_seats", "thread_context", "Cut"}


@pytest.mark.parametrize("path", BROWSER_TESTS, ids=lambda path: path.name)
def test_no_browser_test_waits_for_a_fixed_time(path):
    """Wait for what the test is about: a response, an event, a state of the page, or the page's own clock."""
    lines = enumerate(path.read_text().splitlines(), start=1)
    assert [f"{path.name}:{number}" for number, line in lines if SLEEP.search(line)] == []


def test_the_search_for_sleeps_finds_them():
    found = [
        bool(SLEEP.search(line)) for line in ("page.wait_for_timeout(5)", "time.sleep(1)", "expect(page)")
    ]
    assert found == [True, True, False]
