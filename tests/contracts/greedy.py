"""Read one file to its end as a feed, in a process of its own with little memory, and say what that took.

python -m tests.contracts.greedy FILE
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import django

from blended_pilot.kernel.errors import Unusable

MOST_BYTES = 2_000_000_000  # of address space: a file that wants more ends this process, not the machine


def main(*paths: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    os.environ["DJANGO_SETTINGS_MODULE"] = "blended_pilot.settings.test"
    django.setup()
    for path in paths:
        print(json.dumps(taken(Path(path))), flush=True)


def taken(path: Path) -> dict[str, Any]:
    """Rows read or the refusal; megabytes beyond what was held before; seconds of processor time."""
    from contracts.imports.doors import open_file  # noqa: PLC0415  Django must be set up first
    from contracts.operations import feeds  # noqa: PLC0415

    before = resource.getrusage(resource.RUSAGE_SELF)
    read, unusable = 0, ""
    try:
        for batch in open_file(path, kind=feeds.feed_kind("services")).batches(zone=ZoneInfo("America/New_York")):
            read = batch.read
    except Unusable as refusal:
        unusable = " ".join([refusal.sentence, *refusal.reasons])
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "read": read,
        "unusable": unusable,
        "megabytes": (after.ru_maxrss - before.ru_maxrss) / 1024,
        "seconds": after.ru_utime - before.ru_utime,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
