"""One wheel, one virtual environment and one database server for all portals.

The databases of the portals are prepared while other tests run: migrating takes longer than the tests.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.portals import tutorial
from tests.portals.building import (
    Environment,
    build_wheel,
    drop_database,
    install,
    make_database,
    python_311,
    run,
)
from tests.portals.hosting import Host, prepare
from tests.postgres import ROOT

Prepared = Future[Host]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "portals" in item.path.parts:
            item.add_marker(
                pytest.mark.timeout(1800)
            )  # the first test of a portal waits until it is prepared


#: Fixtures that prepare a portal, the one that takes longest first.
PREPARING = ("lowest_portal", "tutorial_portal", "clinic_users_portal", "shared_users_portal")


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return install(wheel, tmp_path_factory.mktemp("newest") / "venv")


@pytest.fixture(scope="session")
def in_background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


@pytest.fixture(scope="session", autouse=True)
def prepared(request: pytest.FixtureRequest) -> None:
    """Begin to prepare every portal that a chosen test needs."""
    needed = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for name in PREPARING:
        if name in needed:
            request.getfixturevalue(name)


@pytest.fixture(scope="session")
def tutorial_portal(
    environment: Environment, in_background: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Future[Path]]:
    folder = tmp_path_factory.mktemp("tutorial")

    def follow() -> Path:
        make_database(tutorial.DATABASE)
        tutorial.follow(folder, environment, skip=tutorial.TESTS)
        return folder

    yield in_background.submit(follow)
    drop_database(tutorial.DATABASE)


@pytest.fixture(scope="session")
def clinic_users_portal(
    environment: Environment, in_background: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    return in_background.submit(prepare, "clinic_users", tmp_path_factory.mktemp("clinic_users"), environment)


@pytest.fixture(scope="session")
def lowest_portal(
    wheel: Path, in_background: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    """The portal of clinic_users, with the lowest versions that setup.cfg allows, on Python 3.11."""
    folder = tmp_path_factory.mktemp("lowest")
    python = python_311()
    if python is None:
        pytest.fail("Python 3.11 is missing: the lowest versions are tested on it")

    def follow() -> Host:
        constraints = folder / "lowest.txt"
        run([sys.executable, str(ROOT / ".ci" / "lowest-versions"), str(constraints)])
        environment = install(wheel, folder / "venv", python=python, constraints=constraints)
        return prepare("clinic_users", folder / "portal", environment, versions="_lowest")

    return in_background.submit(follow)


@pytest.fixture
def clinic_users(
    clinic_users_portal: Prepared, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Host]]:
    """Return a function that gives a portal with these settings, on a database of its own."""
    host, name = clinic_users_portal.result(), f"vcm_portal_copy_{id(request)}"
    make_database(name, template=host.database)
    yield lambda settings: replace(host, database=name, settings=settings)
    drop_database(name)


@pytest.fixture(scope="session")
def shared_users_portal(
    environment: Environment, in_background: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    return in_background.submit(prepare, "shared_users", tmp_path_factory.mktemp("shared_users"), environment)


@pytest.fixture
def shared_users(shared_users_portal: Prepared, request: pytest.FixtureRequest) -> Iterator[Host]:
    host, name = shared_users_portal.result(), f"vcm_portal_copy_{id(request)}"
    make_database(name, template=host.database)
    yield replace(host, database=name)
    drop_database(name)
