"""The demo's settings, changed for measurements: views for the floor, a high sending limit, many streams.

BENCH_POOL=1 keeps connections open between requests, as a portal under load does. BENCH_NOTIFY and
BENCH_POOL_SIZE are for `make load LOAD_ARGS="--also …"`.
"""

import os
from pathlib import Path

from example_project.settings import *  # noqa: F403
from example_project.settings import DATABASES, TEMPLATES, VCLINIC_MESSAGES

ROOT_URLCONF = "example_project.bench.urls"
TEMPLATES = [{**TEMPLATES[0], "DIRS": [Path(__file__).parent / "templates"]}]
if os.environ.get("BENCH_POOL") == "1":
    # With one request at a time it is always the same connection, which has cached everything.
    size = int(os.environ.get("BENCH_POOL_SIZE") or 10)
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": size}}

VCLINIC_MESSAGES = {
    **VCLINIC_MESSAGES,
    # The check of the limit reads this many of the person's messages.
    "SENDS_PER_MINUTE": int(os.environ.get("BENCH_SENDS_PER_MINUTE") or 1_000_000),
    "LIVE": {
        "MAX_STREAMS_PER_PROCESS": 20_000,
        "NOTIFY": os.environ.get("BENCH_NOTIFY") or "transaction",
    },
}
