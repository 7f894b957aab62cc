"""Verifying a list of 20,000 records: drawn, killed half-way, done by the next attempt.

    python -m benchmarks.verification [--rows N]

The session is ended from inside when half of the list is verified, as when the database goes away. Afterwards nothing
is verified; the second attempt of the job verifies all of it. Figures for this machine are in benchmarks/README.md.
"""

import argparse
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from benchmarks.database import empty_database

NOW = datetime(2026, 3, 10, 17, tzinfo=UTC)
DAY = date(2026, 3, 9)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=20_000)
    rows = options.parse_args().rows
    with empty_database():
        measure(rows)


def measure(rows: int) -> None:
    from django.db import connection  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from baseline.models import Activity  # noqa: PLC0415
    from baseline.operations import verification  # noqa: PLC0415
    from baseline.queries import sql  # noqa: PLC0415
    from baseline.queries.verification import ToVerify  # noqa: PLC0415
    from blended_pilot.jobs import doorbell  # noqa: PLC0415
    from blended_pilot.jobs.operations import run  # noqa: PLC0415
    from tests.baseline.pilot import pilot  # noqa: PLC0415

    here = pilot()
    doorbell.ring = lambda job_id: None
    Activity.objects.bulk_create(
        Activity(
            contract=here.contract,
            organisation=here.contract.provider,
            member=here.member,
            activity_ref=f"V{number:06}",
            service="visit",
            occurred_on=DAY,
            units=1,
            received_on=DAY,
        )
        for number in range(rows)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE baseline_activity")
    started = time.perf_counter()
    batch = verification.draw(wanted=ToVerify(contract_id=here.contract.pk), seed=1, actor=here.supervisor, now=NOW)
    drawn = time.perf_counter() - started
    job = verification.confirm(batch_id=batch.pk, url="/", actor=here.supervisor, now=NOW)
    honest = sql.run

    def killed(name: str, values: Mapping[str, Any]) -> int:
        if name == "verification_carry_out" and values["first"] >= rows // 2:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return honest(name, values)

    sql.run = killed
    run(job_id=job.pk, clock=timezone.now)
    sql.run = honest
    left = Activity.objects.filter(verified_on__isnull=False).count()
    started = time.perf_counter()
    done = run(job_id=job.pk, clock=timezone.now)
    took = time.perf_counter() - started
    assert done is not None
    verified = Activity.objects.filter(verifier=here.supervisor).count()
    print(f"{rows:,} records: sample of {len(batch.sample)} drawn in {drawn:.1f} s")
    print(f"killed half-way: {left} verified; next attempt: {verified:,} verified in {took:.1f} s ({done.status})")
    assert (left, verified, done.status) == (0, rows, "done")


if __name__ == "__main__":
    main()
