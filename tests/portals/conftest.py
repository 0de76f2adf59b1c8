"""One wheel, one virtual environment and one database server for all portals.

The databases of the portals are prepared while the first tests run: migrating takes longer than the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.portals import tutorial
from tests.portals.building import Environment, build, drop_database, make_database
from tests.portals.hosting import Host, prepare

Prepared = Future[Path]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return build(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def in_background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


@pytest.fixture(scope="session", autouse=True)
def tutorial_portal(
    environment: Environment, in_background: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("tutorial")

    def prepare() -> Path:
        make_database(tutorial.DATABASE)
        tutorial.follow(folder, environment, skip=("python manage.py test",))
        return folder

    yield in_background.submit(prepare)
    drop_database(tutorial.DATABASE)


@pytest.fixture(scope="session", autouse=True)
def clinic_users_database(
    environment: Environment, in_background: ThreadPoolExecutor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("clinic_users")
    yield in_background.submit(prepare, "clinic_users", folder, environment)
    drop_database("vcm_portal_clinic_users")


@pytest.fixture
def clinic_users(
    clinic_users_database: Prepared, environment: Environment, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Host]]:
    """Return a function that gives a portal with these settings, on a database of its own."""
    folder, name = clinic_users_database.result(), f"vcm_portal_copy_{id(request)}"
    make_database(name, template="vcm_portal_clinic_users")
    yield lambda settings: Host(environment, folder, name, settings)
    drop_database(name)
