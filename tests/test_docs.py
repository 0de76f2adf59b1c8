"""The documentation matches the code."""

from __future__ import annotations

import ast
import configparser
import os
import re
import subprocess
import sys
import textwrap
from itertools import product
from pathlib import Path

import pytest
import yaml
from django.core.management import load_command_class
from django.db.migrations.loader import MigrationLoader

from docs import generate_openapi, generate_reference, generate_settings, take_moving_picture
from tests.postgres import ROOT
from vclinic_messages import actions, checks
from vclinic_messages.api.descriptions import OPERATIONS
from vclinic_messages.api.error_responses import CODES
from vclinic_messages.checks.settings import check_dictionary, check_groups
from vclinic_messages.live.asgi import REFUSALS

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
#: Packages of the portals in the examples.
OF_PORTALS = {"clinics", "people", "portal"}
#: What a block of settings changes, and what the examples take from the portal.
PORTAL = {
    "examples/__init__.py": "",
    "names.pyi": """
        from collections.abc import Callable
        from pathlib import Path
        from typing import Any
        from django.contrib.auth.models import User
        from django.db.models import QuerySet

        BASE_DIR: Path
        DATABASES: dict[str, dict[str, Any]]
        other_user: User
        report: Callable[[object], None]
        search: str
        send_push: Any
        user: User
        users: QuerySet[User]
    """,
    "portal/__init__.pyi": "",
    "portal/statistics.pyi": "def count(name: str, **labels: object) -> None: ...",
    "portal/tasks.pyi": "from typing import Any\nsend_push: Any",
}
PYTHON = {
    f"{path.stem}-{number}": textwrap.dedent(code)
    for path in PAGES
    for number, (_indent, code) in enumerate(
        re.findall(r"^( *)```python\n(.*?)^\1```$", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    )
}
#: django-tenants adds this to the connection. It has no types that mypy could read.
OF_DJANGO_TENANTS = '"BaseDatabaseWrapper" has no attribute "schema_name"'
#: tests/portals runs the tutorial, and the portal whose files these are: its users have another model.
RUN_IN_A_PORTAL = re.compile(r"tutorial-\d+|directory-\d+(?=\n# clinics/)")


def page(name: str) -> str:
    return (DOCS / name).read_text()


def first_cells(text: str) -> set[str]:
    return set(re.findall(r"^\| `([\w.]+)", text, flags=re.MULTILINE))


def test_every_event_of_the_scripts_is_described_and_no_other():
    scripts = (ROOT / "vclinic_messages" / "static" / "vclinic_messages" / "js").glob("*.js")
    fired = {name for path in scripts for name in re.findall(r'"(vcm:[\w-]+)"', path.read_text())}
    assert fired == set(re.findall(r"`(vcm:[\w-]+)`", page("explanation/scripts.md")))


def test_the_page_of_settings_is_generated_from_the_code():
    told = "Run python -m docs.generate_settings and commit the page."
    assert generate_settings.PAGE.read_text() == generate_settings.settings_page(), told


@pytest.mark.parametrize(
    ("path", "text"), generate_reference.pages().items(), ids=lambda part: getattr(part, "stem", "")
)
def test_the_pages_of_the_reference_are_generated_from_the_code(path, text):
    assert path.read_text() == text, "Run python -m docs.generate_reference and commit the page."


def test_every_template_says_what_it_is_for():
    row = re.compile(r"^\| `(vclinic_messages/.+?)` .*\| (.*) \|$", re.MULTILINE)
    rows = row.findall(page("reference/templates.md"))
    assert len(rows) > 80
    assert [name for name, about in rows if not about] == []


def test_the_openapi_document_is_generated_from_the_code():
    told = "Run make openapi and commit the document."
    assert generate_openapi.PAGE.read_text() == generate_openapi.document(), told


def test_every_operation_and_every_part_of_its_answer_is_described():
    found = yaml.safe_load(generate_openapi.PAGE.read_text())
    operations = [each for path in found["paths"].values() for each in path.values()]
    described = {each["operationId"]: (each["summary"], each["description"]) for each in operations}
    assert described == OPERATIONS
    assert len(set(described.values())) == len(operations)
    parts = {
        name: part.get("description", "")
        for name, part in found["components"]["schemas"].items()
        if "enum" not in part and not name.endswith("Page")
    }
    assert [name for name, text in parts.items() if not text] == []
    assert len(set(parts.values())) == len(parts)


def test_every_check_is_in_the_reference_and_no_other():
    folder = Path(checks.__file__).parent
    found = [re.findall(r'id="(vclinic_messages\.\w+)"', path.read_text()) for path in folder.glob("*.py")]
    made = {each for ids in found for each in ids}
    assert len(made) > 20
    assert first_cells(page("reference/checks.md")) == made


def test_every_test_that_the_page_on_isolation_names_is_there():
    named = set(re.findall(r"`(tests/[\w/]+\.py)`", page("explanation/isolation.md")))
    assert len(named) > 8
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_every_error_code_is_in_the_reference_and_no_other():
    modules = Path(checks.__file__).parents[1].rglob("*.py")
    found = [re.findall(r'^    code = "(\w+)"$', path.read_text(), flags=re.MULTILINE) for path in modules]
    made = {each for codes in found for each in codes}
    assert len(made) > 10
    made |= {code for _kind, code, _when in CODES} | set(REFUSALS)
    told = re.findall(r"^\| `(\w+)` \| [\w ]+ \| \w", page("reference/errors.md"), flags=re.MULTILINE)
    assert sorted(told) == sorted(made)


def test_every_action_is_in_the_reference():
    for name in actions.__all__:
        assert f"| `{name}" in page("reference/python.md")


def test_every_template_block_is_in_the_guide_and_no_other():
    templates = ROOT / "vclinic_messages" / "templates"
    made = {
        name
        for path in templates.rglob("*.html")
        for name in re.findall(r"{% block (vcm_\w+)", path.read_text())
    }
    assert first_cells(page("how-to/restyle.md")) == made


@pytest.mark.parametrize("command", ["make demo", "make test"])
def test_the_readme_shows_the_commands(command):
    assert f"$ {command}\n" in (ROOT / "README.md").read_text()


def test_the_readme_links_to_files_that_are_there():
    text = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)]+)\)", text)
    prefix = re.compile(r"https://github\.com/vclinic/vclinic-messages/(?:blob|raw)/main/")
    assert [link for link in links if not prefix.match(link)] == []
    paths = [prefix.sub("", link).split("#")[0] for link in links]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_moving_picture_is_small():
    assert take_moving_picture.PICTURE.stat().st_size <= take_moving_picture.MAX_BYTES


def test_the_dictionary_of_the_readme_is_valid(settings):
    text = (ROOT / "README.md").read_text()
    assert "DEFAULT" not in text
    found = re.search(r"VCLINIC_MESSAGES = ({.*})`", text)
    assert found is not None
    settings.VCLINIC_MESSAGES = eval(found[1])  # noqa: S307
    assert check_dictionary() == check_groups() == []


def test_the_index_on_names_comes_after_the_table_of_users():
    text = page("how-to/directory.md")
    [named] = re.findall(
        r"^    dependencies = (.+)\n\n    operations = .+\n.+RunSQL", text, flags=re.MULTILINE
    )
    on_users = {key for key in ast.literal_eval(named) if key[0] == "auth"}
    assert on_users
    assert on_users <= set(MigrationLoader(connection=None).disk_migrations)


@pytest.mark.parametrize("code", PYTHON.values(), ids=PYTHON)
def test_a_block_of_python_can_be_read_and_its_imports_resolve(code):
    tree = ast.parse(code)
    compile(tree, "docs", "exec")
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = {alias.name: [] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules = {node.module: [alias.name for alias in node.names]}
        else:
            continue
        for module, names in modules.items():
            if module.split(".")[0] not in OF_PORTALS:
                imported = __import__(module, fromlist=names)
                assert [name for name in names if not hasattr(imported, name)] == []


def test_mypy_accepts_every_block_of_python_that_no_portal_runs(tmp_path):
    for path, text in PORTAL.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(textwrap.dedent(text))
    examples = tmp_path / "examples"
    for name, code in PYTHON.items():
        if not RUN_IN_A_PORTAL.match(f"{name}\n{code}"):
            (examples / f"{name.replace('-', '_')}.py").write_text(f"from names import *\n{code}")
    assert len(list(examples.iterdir())) > 30
    run = subprocess.run(
        [sys.executable, "-m", "mypy", str(examples)],
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": f"{tmp_path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stderr == ""
    found = re.findall(r"^.*/examples/(.+: error: .+)$", run.stdout, flags=re.MULTILINE)
    assert [line for line in found if OF_DJANGO_TENANTS not in line] == []
    assert f"Found {len(found)} error" in run.stdout, run.stdout


def test_every_command_in_the_documentation_exists_with_its_options():
    used = {
        (name, option)
        for path in PAGES
        for name, rest in re.findall(r"manage\.py (messages_\w+)([^\n`;|&]*)", path.read_text())
        for option in ["", *re.findall(r"--[\w-]+", rest)]
    }
    assert len(used) > 20
    for name, option in used:
        parser = load_command_class("vclinic_messages", name).create_parser("manage.py", name)
        assert not option or option in parser._option_string_actions, f"{name} {option}"


def test_all_blocks_of_python_are_found():
    fences = sum(path.read_text().count("```python\n") for path in PAGES)
    assert len(PYTHON) == fences > 30


def test_the_table_of_versions_is_that_of_tox():
    rows = re.findall(
        r"^\| (3\.\d+) \| ([\d., ]+) \| ([\d., ]+) \|$", page("how-to/upgrade.md"), flags=re.MULTILINE
    )
    told = {
        (python, django, wagtail)
        for python, of_django, of_wagtail in rows
        for django in of_django.split(", ")
        for wagtail in of_wagtail.split(", ")
    }
    tested = set()
    [environments] = re.findall(r"env_list =\n((?:    .+\n)+)", (ROOT / "tox.ini").read_text())
    for environment in environments.split():
        versions = [re.findall(r"\d+", part) for part in environment.split("-")]
        tested |= {tuple(f"{each[0]}.{each[1:]}" for each in found) for found in product(*versions)}
    assert told == tested


def test_the_lowest_versions_are_those_of_setup_cfg():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    required = setup["options"]["install_requires"] + "\n" + setup["options.extras_require"]["redis"]
    lowest = dict(line.split(">=") for line in required.split("\n") if line)
    in_the_first_table = {"Django": lowest.pop("Django"), "wagtail": lowest.pop("wagtail")}
    text = page("how-to/upgrade.md")
    found = re.findall(r"^\| (\w[\w-]*)[\w, ]* \| ([\d.]+) and newer \|$", text, flags=re.MULTILINE)
    assert dict(found) == {**lowest, "PostgreSQL": "14"}
    assert in_the_first_table == {"Django": "5.2", "wagtail": "7.4"}


def test_every_logger_is_in_the_guide_to_monitoring_and_no_other():
    modules = Path(checks.__file__).parents[1].rglob("*.py")
    used = {name for path in modules for name in re.findall(r'getLogger\("([\w.]+)"\)', path.read_text())}
    told = re.findall(r"^\| `(vclinic_messages\.\w+)` \|", page("how-to/monitoring.md"), flags=re.MULTILINE)
    assert set(told) == used
