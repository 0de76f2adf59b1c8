"""What `make demo` runs: start and prepare the database, serve the portal, stop everything at the end."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from types import FrameType

from example_project import database
from example_project.database.app_role import application_url
from example_project.demo_data.clinics import CLINICS
from example_project.demo_data.people import ACCOUNTS, COLLEAGUES, PASSWORD

from .options import ROOT, DemoError, Options, read_options
from .web import reserve_port, serve

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal has asked the demo to stop."""


def main() -> int:
    for number in SIGNALS:
        signal.signal(number, _stop)
    try:
        run(read_options())
    except Stopped:
        print("Stopped.", flush=True)
    except (DemoError, database.DatabaseError) as error:
        print(f"make demo: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def run(options: Options) -> None:
    with ExitStack() as cleanup:
        sockets = reserve_port(options.port)
        os.environ["DATABASE_URL"] = _database(options, cleanup)
        os.environ["DEMO_DATA_DIR"] = str(options.data_dir)
        os.environ["PORT"] = str(options.port)
        _prepare(options)
        cleanup.callback(_stop_process, _send_reminders())
        serve(sockets, ready=lambda: _announce(options))


def _stop(number: int, frame: FrameType | None) -> None:
    """Stop the demo. Ignore further signals, so that they do not interrupt the cleanup."""
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise Stopped


def _database(options: Options, cleanup: ExitStack) -> str:
    if options.database_url:
        return application_url(options.database_url)
    print(f"Starting PostgreSQL in {options.data_dir} …", flush=True)
    server = database.start(options.data_dir)
    cleanup.callback(server.stop)
    server.ensure_role("portal")
    server.ensure_database("portal", owner="portal")
    return server.url("portal", "portal")


def _prepare(options: Options) -> None:
    """Run `prepare_demo` in a separate process, which can be killed at any moment."""
    print("Migrating and filling the clinics; the first time takes about half a minute …", flush=True)
    command = [sys.executable, "example_project/manage.py", "prepare_demo", "--port", str(options.port)]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603
    try:
        code = process.wait()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if code != 0:
        raise DemoError(f"preparing the clinics failed (exit code {code}), see above.")


def _send_reminders() -> subprocess.Popen[bytes]:
    """Send the reminders that are due, until it is stopped."""
    command = [sys.executable, "example_project/manage.py", "messages_send_reminders", "--loop", "20"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603


def _stop_process(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=3)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _announce(options: Options) -> None:
    print(f"\n  http://localhost:{options.port}/  lists the clinics:\n")
    for clinic in CLINICS:
        state = "on" if clinic.messages_on else "off"
        print(f"  http://{clinic.domain}:{options.port}/  {clinic.name}, Messages {state}")
    print(f"\n  In every clinic: {', '.join(ACCOUNTS)}; password {PASSWORD}")
    print(f"  A second person at the front desk: {', '.join(COLLEAGUES.values())}")
    print("  The Wagtail admin of a clinic is at /cms/, for admin.")
    print(f"  E-mails are not sent but written to {options.data_dir / 'mails'}")
    print("\n  Ctrl-C stops the demo; its data stays.\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
