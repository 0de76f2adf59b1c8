"""Write pages and tables of the reference from the code: ``python -m docs.generate_reference``."""

from __future__ import annotations

import os
import re
import textwrap
from argparse import Action, ArgumentParser
from collections.abc import Iterable, Iterator
from pathlib import Path

import django

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "vclinic_messages"
PAGES = Path(__file__).parent / "reference"
TEMPLATES = PACKAGE / "templates"
STYLES = PACKAGE / "static" / "vclinic_messages" / "css"

GENERATED = "<!-- Generated from {} by `python -m docs.generate_reference`. Do not edit. -->\n\n"

COMMANDS = """\
# Commands

Run them as `python manage.py …`. Each works on all clinics, or with `--schema` on one. A clinic that cannot
be reached is named at the end, and the others are done. The exit code is 0 only if nothing is wrong.

Django's own options, such as `--settings` and `--verbosity`, work as well.

"""

TEMPLATE_PAGE = """\
# Templates

A portal can [override](../how-to/restyle.md#other-templates) each of them: put a file of the same name into
a folder of its own templates. A version may change what is in them. After an [upgrade](../how-to/upgrade.md),
compare your copies with the new files.

"""

CHECKS = """\
# System checks

`python manage.py check` runs the checks that need no database. `python manage.py check --database default`
also runs those that do, in every clinic.

[`messages_doctor`](../how-to/troubleshooting.md) reports what can be seen only in a clinic or in a request.

A missing protection is a warning. An error would stop the `migrate` that repairs it. In a deployment, run
`manage.py messages_isolation --check`, which fails if something is missing.

"""

CSS_PAGE = """\
# CSS properties

[Change the look](../how-to/restyle.md) says how to use them.

## Set by your portal

Messages never sets these. Set them on an element around Messages.

"""

TOKENS = """
## Set by Messages

These are derived from your colour, or are measures of our own. You may use them in templates that you
override. If you set one yourself, nobody checks the contrast.

"""

#: What each folder of templates is for. Others are for the Wagtail admin and for exported documents.
FOLDERS = {
    "layouts": "Around the pages",
    "pages": "Pages",
    "parts": "Parts of pages",
    "emails": "E-mails",
}


def pages() -> dict[Path, str]:
    """Return the text of each page that is generated, or has generated tables, in Markdown."""
    return {
        PAGES / "commands.md": commands_page(),
        PAGES / "templates.md": templates_page(),
        PAGES / "css.md": css_page(),
        PAGES / "checks.md": checks_page(),
        PAGES / "errors.md": errors_page(),
        PAGES / "python.md": python_page(),
    }


def checks_page() -> str:
    from docs import reference_rows

    table = _table(("id", "means", "needs the database"), reference_rows.checks())
    return GENERATED.format("the checks' docstrings") + CHECKS + table


def errors_page() -> str:
    from docs import reference_rows

    return _filled("errors.md", codes=_table(("code", "status", "when"), reference_rows.errors()))


def python_page() -> str:
    from docs import reference_rows

    return _filled(
        "python.md",
        signals=_table(("signal", "sent when", "sender", "arguments"), reference_rows.sent_signals()),
        tags=_table(("tag", "renders"), reference_rows.template_tags()),
    )


def _filled(page: str, **tables: str) -> str:
    """Return a page with these tables between its markers."""
    text = (PAGES / page).read_text()
    for name, table in tables.items():
        marked = rf"<!-- Generated {name}: .*?-->\n\n(.+?)\n<!-- End -->"
        [old] = re.findall(marked, text, flags=re.DOTALL)
        text = text.replace(old, table)
    return text


def commands_page() -> str:
    names = sorted(path.stem for path in (PACKAGE / "management" / "commands").glob("messages_*.py"))
    return GENERATED.format("the help texts") + COMMANDS + "\n".join(map(_command, names))


def _command(name: str) -> str:
    from django.core.management import load_command_class

    command = load_command_class("vclinic_messages", name)
    parser = ArgumentParser(add_help=False)
    command.add_arguments(parser)
    alternatives = {
        action: group.required
        for group in parser._mutually_exclusive_groups
        for action in group._group_actions
    }
    rows = (
        (_usage(action), _presence(action, alternatives), (action.help or "").replace("%%", "%"))
        for action in parser._actions
    )
    help_text = textwrap.fill(command.help, 120, break_on_hyphens=False)
    return f"## {name}\n\n{help_text}\n\n{_table(('option', '', 'meaning'), rows)}"


def _usage(action: Action) -> str:
    if not action.option_strings:
        return f"`{(action.metavar or action.dest).upper()}`"
    value = "" if action.nargs == 0 else f" {action.metavar or action.dest.upper()}"
    return f"`{action.option_strings[0]}{value}`"


def _presence(action: Action, alternatives: dict[Action, bool]) -> str:
    if action in alternatives:
        return "one of these" if alternatives[action] else "at most one of these"
    return "required" if action.required else ""


def templates_page() -> str:
    text = GENERATED.format("the templates") + TEMPLATE_PAGE
    return text + "\n".join(f"## {title}\n\n{_folder(name)}" for name, title in FOLDERS.items())


def _folder(name: str) -> str:
    folder = TEMPLATES / "vclinic_messages" / name
    paths = sorted(path for path in folder.iterdir() if path.is_file())
    used = {path: _users(path) for path in paths} if name == "parts" else {}
    if used:
        rows = ((f"`{_name(path)}`", _codes(used[path]), _comment(path)) for path in paths)
        return _table(("template", "included by", "about"), rows)
    rows = ((f"`{_name(path)}`", _codes(_blocks(path)), _comment(path)) for path in paths)
    return _table(("template", "blocks", "about"), rows)


def _name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def _blocks(path: Path) -> list[str]:
    return list(dict.fromkeys(re.findall(r"{% block (\w+)", path.read_text())))


def _comment(path: Path) -> str:
    """Return the comment at the head of a template, before anything is rendered."""
    found = re.match(r"(?:\s|{%.*?%}|<!DOCTYPE html>)*{# (.*?) #}", path.read_text())
    return found[1] if found else ""


def _users(path: Path) -> list[str]:
    """Return the names of the templates that include this one. The code renders the others."""
    wanted = f"vclinic_messages/parts/{path.name}"
    return sorted(
        other.stem
        for other in (TEMPLATES / "vclinic_messages").rglob("*.html")
        if wanted in other.read_text() and other != path
    )


def css_page() -> str:
    text = "\n".join(path.read_text() for path in sorted(STYLES.glob("*.css")))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    ours: dict[str, str] = {}
    for name, value in re.findall(r"(--vcm-[\w-]+):\s*([^;]+);", text):
        ours.setdefault(name, _one_line(value))
    defaults: dict[str, str] = {}
    for name, default in re.findall(r"var\(\s*(--vcm-[\w-]+),\s*((?:[^()]|\([^()]*\))*)\)", text):
        defaults.setdefault(name, _one_line(default))
    used = set(re.findall(r"var\(\s*(--vcm-[\w-]+)", text))
    theirs = ((f"`{name}`", f"`{defaults[name]}`") for name in sorted(used - set(ours)))
    tokens = ((f"`{name}`", f"`{value}`") for name, value in sorted(ours.items()))
    return (
        GENERATED.format("the style sheets")
        + CSS_PAGE
        + _table(("property", "without it"), theirs)
        + TOKENS
        + _table(("property", "first value"), tokens)
    )


def _one_line(value: str) -> str:
    return re.sub(r"\( | (?=\))", lambda found: found[0].strip(), " ".join(value.split()))


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"{line}\n" for line in _lines(head, rows))


def _lines(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
    django.setup()
    for path, text in pages().items():
        path.write_text(text)
