"""The options of `make demo`, from environment variables."""

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


class DemoError(Exception):
    """The demo cannot run. The message says why and what to do."""


@dataclass(frozen=True)
class Options:
    port: int
    data_dir: Path
    database_url: str | None


def read_options() -> Options:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise DemoError(f"PORT is {text!r}. It must be a number from 1 to 65535.")
    limit = os.environ.get("MESSAGES_SENDS_PER_MINUTE") or "1"
    if not limit.isdecimal() or int(limit) < 1:
        raise DemoError(f"MESSAGES_SENDS_PER_MINUTE is {limit!r}. It must be a whole number above 0.")
    data_dir = Path(os.environ.get("DEMO_DATA_DIR") or ROOT / ".demo").absolute()
    return Options(int(text), data_dir, os.environ.get("DATABASE_URL") or None)
