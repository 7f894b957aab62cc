"""A services feed of 100,000 rows against a bare COPY of the same rows into the same table with its indexes.

    python -m benchmarks.feeds [--rows N]

The feed reads the file, checks every row, merges, and the database writes history, all in one transaction. The bare
COPY has the finished rows in memory and a table like the real one, with its indexes and without triggers. Both are
committed. Figures for this machine are in benchmarks/README.md.
"""

import argparse
import csv
import io
import random
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from benchmarks.database import empty_database

MEMBERS = 2_000
NOW = datetime(2026, 10, 1, 12, tzinfo=UTC)
MOST_TIMES_BARE = 6
MOST_MEGABYTES = 300


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=100_000)
    rows = options.parse_args().rows
    with empty_database():
        measure(rows)


def measure(rows: int) -> None:
    from accounts.queries.people import system_user  # noqa: PLC0415
    from contracts.imports.doors import open_file  # noqa: PLC0415
    from contracts.operations import feeds  # noqa: PLC0415
    from tests.factories.contracts import signed_contract  # noqa: PLC0415

    contract = signed_contract()
    system = system_user()
    with tempfile.TemporaryDirectory() as folder:
        first, corrected, roster = (Path(folder) / name for name in ("first.csv", "corrected.csv", "roster.csv"))
        write(first, rows, units="1")
        write(corrected, rows, units="2")

        def send(path: Path, kind: str = "services") -> None:
            source = open_file(path, kind=feeds.feed_kind(kind))
            run = feeds.send(source=source, contract_id=contract.pk, actor=system, now=NOW)
            assert run.rows_rejected == 0

        write_roster(roster)
        send(roster, "roster")
        new = timed(lambda: send(first))
        unchanged = timed(lambda: send(first))
        bare = bare_copy()
        changed = timed(lambda: send(corrected))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"rows                 {rows:>10,}")
    print(f"bare COPY            {bare:>10.2f} s")
    for name, seconds in (("new", new), ("sent again", unchanged), ("all corrected", changed)):
        print(f"feed, {name:<14} {seconds:>10.2f} s  {seconds / bare:.1f} × bare")
    print(f"peak Python memory   {peak:>10.0f} MB")
    verdict = new <= MOST_TIMES_BARE * bare and peak <= MOST_MEGABYTES
    print("holds" if verdict else "DOES NOT HOLD", f"(new at most {MOST_TIMES_BARE} × bare, {MOST_MEGABYTES} MB)")


def write(path: Path, rows: int, *, units: str) -> None:
    chance = random.Random(2026)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(
            [
                "activity_ref",
                "member_ref",
                "service",
                "occurred_on",
                "units",
                "planned",
                "practitioner",
                "place",
                "outcome",
                "minutes",
                "verified_on",
                "verified_by",
            ]
        )
        for number in range(rows):
            day = date(2026, 1, 1) + timedelta(days=chance.randrange(270))
            writer.writerow(
                [
                    f"ACT-{number:08}",
                    f"R{chance.randrange(MEMBERS):06}",
                    chance.choice(["outreach", "crisis_visit"]),
                    f"{day}T{chance.randrange(8, 18):02}:{chance.randrange(0, 60, 5):02}",
                    units,
                    chance.choice(["yes", "yes", "yes", "no"]),
                    f"practitioner-{chance.randrange(60)}",
                    chance.choice(["home", "clinic", "phone"]),
                    chance.choice(["done", "follow-up", ""]),
                    chance.randrange(10, 90),
                    day,
                    "source system",
                ]
            )


def write_roster(path: Path) -> None:
    rows = "".join(f"R{number:06},adult,north,2026-01-01,\n" for number in range(MEMBERS))
    path.write_text("member_ref,cohort,geography,from,to\n" + rows, encoding="utf-8")


def bare_copy() -> float:
    """Seconds for COPY of the rows of the activity table into a table like it, commit included."""
    from django.db import connection  # noqa: PLC0415

    held = io.BytesIO()
    with connection.as_owner(), connection.cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(
            "CREATE TABLE bare_activity (LIKE baseline_activity INCLUDING DEFAULTS INCLUDING CONSTRAINTS "
            "INCLUDING INDEXES)"
        )
        with cursor.copy("COPY baseline_activity TO STDOUT") as out:
            for piece in out:
                held.write(piece)
        held.seek(0)

        def copy_in() -> None:
            with cursor.copy("COPY bare_activity FROM STDIN") as into:
                while piece := held.read(1 << 16):
                    into.write(piece)

        seconds = timed(copy_in)
        cursor.execute("DROP TABLE bare_activity")
    return seconds


def timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
