"""What is installed: everything that the app needs, and nothing of the tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile

from tests.postgres import ROOT


def test_the_wheel_holds_templates_static_files_and_types_and_no_tests(tmp_path):
    source = tmp_path / "source"
    ignored = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info", "site")
    shutil.copytree(ROOT, source, ignore=ignored)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(tmp_path), str(source)]
    subprocess.run(command, check=True)
    [wheel] = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    package = {name for name in names if ".dist-info/" not in name}
    assert all(name.startswith("vclinic_messages/") for name in package)
    wanted = {
        path.relative_to(ROOT).as_posix()
        for pattern in ("*.html", "*.txt", "*.css", "*.js", "*.svg", "*.py", "*.po", "*.mo", "py.typed")
        for path in (ROOT / "vclinic_messages").rglob(pattern)
    }
    assert wanted == {name for name in package if not name.endswith(".pot")}
    assert any(name.endswith("LICENSE") for name in names)
