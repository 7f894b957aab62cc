"""Workers, children and database sessions killed in the middle: everything or nothing, and done in the end."""

import os
import signal
import sys
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Organisation
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import RING_AGAIN_AFTER, enqueue, sweep
from blended_pilot.jobs.progress import LEASE
from tests.jobs import handlers  # noqa: F401 (registers the kinds that the worker does)
from tests.jobs.workers import children, eventually, forget_messages, worker

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds a worker's children in /proc"),
]

ROWS = 12


@pytest.fixture(autouse=True)
def _quiet_broker() -> Any:
    forget_messages()
    yield
    forget_messages()


def grow(*, pause: float = 0.1) -> Job:
    return enqueue(kind="test.grow", key="once", payload={"rows": ROWS, "pause": pause}, actor=None, now=timezone.now())


def now(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def half_done(job: Job) -> bool:
    return 2 <= now(job).progress_done < ROWS


def ended(job: Job) -> dict[str, Any]:
    eventually(lambda: now(job).is_finished, "the job has ended")
    job = now(job)
    return {"status": job.status, "attempts": job.attempts, "result": job.result, "rows": Organisation.objects.count()}


def done(attempts: int) -> dict[str, Any]:
    return {"status": Status.DONE, "attempts": attempts, "result": {"grown": ROWS}, "rows": ROWS}


def lease_over() -> Any:
    return timezone.now() + LEASE + timedelta(seconds=1)


def test_progress_is_seen_while_nothing_of_the_effect_is():
    with worker():
        job = grow()
        eventually(lambda: half_done(job), "progress is seen")

        seen = now(job)
        assert (seen.status, seen.progress_total, seen.progress_text) == (Status.RUNNING, ROWS, "Growing")
        assert seen.lease_until > timezone.now()
        assert Organisation.objects.count() == 0
        assert ended(job) == done(attempts=1)


def test_a_killed_child_leaves_nothing_and_the_sweep_has_its_job_done():
    """Negative control: without the sweep the job stays "running" for ever."""
    with worker() as process:
        job = grow()
        eventually(lambda: half_done(job), "the job is under way")
        [child] = children(process)
        os.kill(child, signal.SIGKILL)

        eventually(lambda: children(process) not in ([child], []), "the worker has another child")
        assert Organisation.objects.count() == 0
        assert now(job).status == Status.RUNNING
        sweep(now=lease_over())

        assert ended(job) == done(attempts=2)


def test_a_killed_worker_leaves_nothing_and_another_one_does_its_job():
    with worker() as process:
        job = grow()
        eventually(lambda: half_done(job), "the job is under way")
        family = [process.pid, *children(process)]
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        process.wait()

    assert Organisation.objects.count() == 0
    sweep(now=lease_over())
    with worker():
        assert ended(job) == done(attempts=2)


def test_a_killed_database_session_leaves_nothing_and_the_job_is_tried_again():
    with worker():
        job = grow()
        eventually(lambda: half_done(job), "the job is under way")
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute(
                """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND pid <> pg_backend_pid()"""
            )
        eventually(lambda: now(job).status == Status.QUEUED, "the job waits for another attempt")
        assert Organisation.objects.count() == 0
        sweep(now=timezone.now() + RING_AGAIN_AFTER)

        assert ended(job) == done(attempts=2)


def test_a_broker_that_forgets_everything_loses_no_job():
    job = grow(pause=0)
    forget_messages()
    with worker():
        sweep(now=timezone.now() + RING_AGAIN_AFTER)

        assert ended(job) == done(attempts=1)


def test_a_job_that_was_rung_for_many_times_is_done_once():
    job = grow(pause=0)
    for times in range(1, 6):
        sweep(now=timezone.now() + RING_AGAIN_AFTER * times)
    with worker():
        assert ended(job) == done(attempts=1)
