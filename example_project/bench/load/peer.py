"""django-postman on gunicorn, which a portal might use instead: one process with eight threads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from example_project.bench.calls import Request
from example_project.bench.peer import SETTINGS, postman
from example_project.bench.processes import serving
from example_project.bench.stage import LARGE

NAME = "django-postman on gunicorn"
FLOOR = f"{NAME}, floor: page"
#: The measured pages by name. ``{thread}`` becomes the first message of the person's conversation.
PATHS = {
    FLOOR: "/floor/",
    f"{NAME}, inbox": "/messages/inbox/",
    f"{NAME}, conversation": "/messages/view/t/{thread}/",
    f"{NAME}, unread count on a page": "/badge/",
}
OPTIONS = ["--bind", "127.0.0.1:{port}", "--threads", "8", "--keep-alive", "30", "--log-level", "warning"]


@contextmanager
def gunicorn(
    data_dir: Path, database_url: str, people: Sequence[dict[str, str]]
) -> Iterator[tuple[int, int, dict[str, list[Request]]]]:
    """Serve the same messages to the same people. Give process, port and the requests of each page."""
    with postman(data_dir, database_url) as (python, worker):
        worker.ask(do="prepare", clinic=LARGE)
        sessions = worker.ask(do="sign_in", people=[each["name"] for each in people])
        command = [str(python), "-m", "gunicorn", "django.core.wsgi:get_wsgi_application()", *OPTIONS]
        environment = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": SETTINGS}
        with serving(command, environment) as (process, port):
            yield process.pid, port, {name: _requests(path, people, sessions) for name, path in PATHS.items()}


def _requests(path: str, people: Sequence[dict[str, str]], sessions: Sequence[str]) -> list[Request]:
    return [
        Request("GET", path.format(**person), b"", {"Host": "testserver", "Cookie": f"sessionid={session}"})
        for person, session in zip(people, sessions, strict=True)
    ]
