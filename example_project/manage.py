#!/usr/bin/env python
"""Django's commands for the demo portal: `python example_project/manage.py …` in any directory.

Without DATABASE_URL they use the embedded server, which runs only as long as `make demo` runs.
"""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line


def main() -> None:
    sys.path[0] = str(Path(__file__).resolve().parent.parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "example_project.settings")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
