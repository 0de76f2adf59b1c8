"""What Messages adds to a portal page that is not its own."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.postgres import ROOT
from vclinic_messages.models import Role

STATIC = ROOT / "vclinic_messages" / "static" / "vclinic_messages"
EVERYWHERE = ("css/live.css", "js/live.js")


def weight(files: Iterable[Path]) -> int:
    """Return what a browser loads, in bytes. Each file is compressed on its own."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in files)


def test_badge_and_toast_weigh_little():
    assert weight(STATIC / name for name in EVERYWHERE) <= 5600


@pytest.mark.parametrize(
    ("skipped", "most"), [("messages-staff.js", 38_000), ("", 40_000)], ids=["patients", "staff"]
)
def test_the_messages_pages_load_at_most_forty_kilobytes(skipped, most):
    files = [path for path in STATIC.glob("[cj]s*/*") if not path.match("*print*")]
    assert weight(path for path in files if path.name != skipped) <= most


def test_every_rule_is_under_our_prefix():
    for path in set(STATIC.glob("css/*.css")) - {STATIC / "css" / "messages-print.css"}:  # a file of its own
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        for selectors in re.findall(r"([^{};]+){", text):
            if not selectors.strip().startswith(("@", "from", "to")):
                for selector in re.sub(r":(is|where|not)\([^()]*\)", "", selectors).split(","):
                    assert ".vcm" in selector, f"{path.name}: {selector.strip()}"


def test_scripts_leave_no_globals():
    for path in STATIC.glob("js/*.js"):
        assert not re.search(r"\b(window|globalThis)\.\w+\s*=[^=]", path.read_text()), path.name


def test_no_template_contains_script_or_style():
    templates = ROOT / "vclinic_messages" / "templates" / "vclinic_messages"
    for path in templates.rglob("*.html"):
        if {"exports", "emails"} & set(path.parts):  # what leaves the portal contains its style
            continue
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path.name
        assert not re.search(r"<style|\sstyle=|\son\w+=", text), path.name


def test_all_static_files_are_in_our_own_folder(tmp_path: Path):
    assert [path.name for path in STATIC.parent.iterdir()] == ["vclinic_messages"]


def test_every_class_and_token_of_the_style_sheets_is_used():
    package = ROOT / "vclinic_messages"
    files = [path for kind in ("*.html", "*.js", "*.py") for path in package.rglob(kind)]
    names = set(re.findall(r"[\w-]+", " ".join(path.read_text() for path in files)))
    names |= {f"vcm-avatar--{kind}" for kind in (*Role.values, "team")}
    styles = " ".join(path.read_text() for path in STATIC.rglob("*.css"))
    assert set(re.findall(r"\.(vcm-[\w-]+)", styles)) <= names
    assert set(re.findall(r"(--vcm-[\w-]+):", styles)) <= set(re.findall(r"var\(\s*(--vcm-[\w-]+)", styles))


def test_keys_of_input_methods_are_left_alone():
    """live.js listens to keys of the toast only: nobody types there."""
    scripts = {path.name: path.read_text() for path in STATIC.rglob("*.js")}
    listening = {name for name, text in scripts.items() if '"keydown"' in text}
    careful = {name for name, text in scripts.items() if "event.isComposing || event.keyCode === 229" in text}
    assert listening - careful == {"live.js"}


def test_scripts_choose_plural_forms_by_one_rule():
    """No script imports another: live.js has the function, and one for all other modules has the same."""
    scripts = [path.read_text() for path in STATIC.glob("js/*.js")]
    rules = [
        re.search(r"function phrase\(.*?\n}", text, re.DOTALL) for text in scripts if "PluralRules" in text
    ]
    assert len(rules) == 2
    assert len({rule and rule.group().partition("{")[2] for rule in rules}) == 1
