"""The commands of a page of the documentation, run as they are written."""

from __future__ import annotations

import re
import subprocess
from typing import Any

from tests.faults.cluster import Cluster
from tests.postgres import ROOT


class Guide:
    """A page below ``docs/``. ``names`` are replaced in it: those of the examples by those of the test."""

    def __init__(self, page: str, **names: str) -> None:
        self.text = (ROOT / "docs" / page).read_text()
        for example, name in names.items():
            self.text = self.text.replace(example, name)

    def blocks(self, section: str, kind: str) -> list[str]:
        """The code of a section."""
        [text] = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", self.text, flags=re.DOTALL | re.MULTILINE)
        return re.findall(rf"```{kind}\n(.*?)```", text, flags=re.DOTALL)

    def administer(self, cluster: Cluster, section: str) -> None:
        """Run the SQL of a section as superuser."""
        with cluster.connect() as connection:
            for block in self.blocks(section, "sql"):
                connection.execute(block)  # type: ignore[call-overload]


def shell(
    cluster: Cluster, script: str, *, role: str = "portal", database: str = "portal", **environment: Any
) -> subprocess.CompletedProcess[str]:
    """Run a script in the project's directory, as this role of the database."""
    return subprocess.run(
        ["/bin/sh", "-euc", script],
        cwd=ROOT,
        env={**cluster.environment(role, database), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
