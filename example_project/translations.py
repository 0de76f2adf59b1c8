"""List all texts in the catalogues, and compile them: `make messages`.

This is `django-admin makemessages` without what changes by itself: no dates, no line numbers, no guesses.
"""

import os
import subprocess
import sys
from contextlib import chdir
from pathlib import Path

from babel.messages.pofile import read_po
from django.core.management import call_command
from django.core.management.commands import makemessages

ROOT = Path(__file__).resolve().parent.parent
APPS = ["vclinic_messages", "example_project"]

#: The languages with a catalogue, and the rule by which gettext chooses the form of a plural. The scripts
#: choose it by the rules of Unicode CLDR, so both must say the same for whole numbers below a million.
PLURAL_FORMS = {
    "en": "nplurals=2; plural=(n != 1);",
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "pt": "nplurals=2; plural=(n > 1);",
    "ar": (
        "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);"
    ),
}

_HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural_forms}\\n"
"""


class Extract(makemessages.Command):
    """Write the texts of an app into its catalogues. A changed text starts without a translation."""

    msgmerge_options = ["--quiet", "--backup=none", "--update", "--no-fuzzy-matching"]

    def write_po_file(self, potfile: str, locale: str) -> None:
        super().write_po_file(potfile, locale)
        path = Path(potfile).parent / locale / "LC_MESSAGES" / "django.po"
        _header, texts = path.read_text().split("\n\n", maxsplit=1)
        path.write_text(f"{_HEADER.format(language=locale, plural_forms=PLURAL_FORMS[locale])}\n{texts}")


def extract(root: Path = ROOT) -> None:
    """Write the texts of the apps below this directory into their catalogues."""
    # msgmerge wraps and sorts by the environment's language.
    os.environ |= {"LC_ALL": "C.UTF-8", "LANGUAGE": "en"}
    for app in APPS:
        (root / app / "locale").mkdir(exist_ok=True)
        with chdir(root / app):
            call_command(
                Extract(),
                locale=list(PLURAL_FORMS),
                add_location="file",
                no_obsolete=True,
                no_wrap=True,
                verbosity=0,
            )


def compile_catalogue(po: Path, mo: Path) -> None:
    """Write the compiled catalogue, which is what Django reads."""
    subprocess.run(["msgfmt", "--check-format", "--output-file", mo, po], check=True)  # noqa: S603, S607


def catalogues(root: Path = ROOT) -> list[Path]:
    """Return all catalogues."""
    return sorted(path for app in APPS for path in (root / app / "locale").rglob("*.po"))


def untranslated(po: Path) -> int:
    """Return how many texts have no translation yet, or not in every form of the plural."""
    with po.open("rb") as file:
        found = [each.string for each in read_po(file) if each.id]
    return sum(not all(text if isinstance(text, tuple) else [text]) for text in found)


if __name__ == "__main__":
    extract()
    for path in catalogues():
        compile_catalogue(path, path.with_suffix(".mo"))
        missing = 0 if path.parts[-3] == "en" else untranslated(path)
        if missing:
            sys.stdout.write(f"{path.relative_to(ROOT)}: {missing} texts to translate\n")
