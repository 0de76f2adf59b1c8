"""One wheel, one virtual environment and one database server for all portals.

The databases of the portals are prepared while other tests run: migrating takes longer than the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.portals import tutorial
from tests.portals.building import Environment, build, drop_database, make_database
from tests.portals.hosting import Host, prepare

Prepared = Future[Host]

#: Fixtures that prepare a portal, the one that takes longest first.
PREPARING = ("tutorial_portal", "clinic_users_portal", "shared_users_portal")


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def in_background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
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
