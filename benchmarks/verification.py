"""Verifying a list of 20,000 records: drawn, its worker killed half-way, done by the next worker.

    python -m benchmarks.verification [--rows N]

A real worker does the job; it and its child are killed (SIGKILL) when its progress says that half of the list is done.
Afterwards nothing is verified; once its lease is over the sweep queues the job again, and another worker verifies
all of it, each record once. Figures for this machine are in benchmarks/README.md.
"""

import argparse
import os
import signal
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from benchmarks.database import empty_database

NOW = datetime(2026, 3, 10, 17, tzinfo=UTC)
DAY = date(2026, 3, 9)
LOOKED_EVERY = 0.02  # seconds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--rows", type=int, default=20_000)
    rows = options.parse_args().rows
    with empty_database():
        measure(rows)


def measure(rows: int) -> None:
    from django.conf import settings  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from baseline.models import Activity  # noqa: PLC0415
    from baseline.operations import verification  # noqa: PLC0415
    from baseline.queries.verification import ToVerify  # noqa: PLC0415
    from blended_pilot.jobs.models import Job  # noqa: PLC0415
    from blended_pilot.jobs.operations import sweep  # noqa: PLC0415
    from blended_pilot.jobs.progress import LEASE  # noqa: PLC0415
    from tests.baseline.pilot import pilot  # noqa: PLC0415
    from tests.jobs.workers import children, worker  # noqa: PLC0415

    settings.REDIS_URL = os.environ["REDIS_URL"]
    here = pilot()
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
    started = time.perf_counter()
    batch = verification.draw(wanted=ToVerify(contract_id=here.contract.pk), seed=1, actor=here.supervisor, now=NOW)
    print(f"{rows:,} records: sample of {len(batch.sample)} drawn in {time.perf_counter() - started:.1f} s")

    def verified() -> int:
        return Activity.objects.filter(verified_on__isnull=False).count()

    with worker() as process:
        job = verification.confirm(batch_id=batch.pk, url="/", actor=here.supervisor, now=NOW)
        seen = followed(job, until=lambda: job.progress_done >= rows // 2)
        for pid in (*children(process), process.pid):
            os.kill(pid, signal.SIGKILL)
        process.wait()
    killed_at, left = job.progress_done, verified()
    print(f"killed at {killed_at:,} after progress {seen}: {left} verified, the job is {job.status}")
    assert rows // 2 <= killed_at < rows, "not half-way: take more rows"
    assert left == 0

    with worker():
        sweep(now=timezone.now() + LEASE + timedelta(seconds=1))
        started = time.perf_counter()
        seen = followed(job, until=lambda: job.is_finished)
        took = time.perf_counter() - started
    times = Activity.history.model.objects.filter(verifier_id=here.supervisor.pk).count()
    print(f"next worker: {verified():,} verified in {took:.1f} s with progress {seen}, {times:,} times in history")
    assert (job.status, job.attempts, job.result["verified"]) == ("done", 2, rows)
    assert verified() == times == rows
    assert Job.objects.count() == 1


def followed(job: Any, *, until: Any) -> list[int]:
    """The progress that a page would have shown until then."""
    seen = [0]
    while True:
        job.refresh_from_db()
        if job.progress_done != seen[-1]:
            seen.append(job.progress_done)
        if until() or job.is_finished:
            return seen
        time.sleep(LOOKED_EVERY)


if __name__ == "__main__":
    main()
