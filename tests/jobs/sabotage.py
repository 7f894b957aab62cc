"""Defences taken away in a worker (`WITHOUT=… celery worker -I tests.jobs.sabotage`): the negative controls of kills.

A gap between two commits is made long enough for a kill to fall into it often.
"""

import os
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from blended_pilot.jobs import operations, registry
from blended_pilot.jobs.models import Job, Status
from blended_pilot.kernel.audit import recording
from contracts.operations.feeds import runs
from variance.operations import statements

GAP = 0.2  # seconds between two commits that should be one


def commit_half() -> None:
    """Commit what was written so far, inside a transaction that should be whole."""
    with connection.cursor() as cursor:
        cursor.execute("COMMIT")
        cursor.execute("BEGIN")
        for savepoint in filter(None, connection.savepoint_ids):
            cursor.execute(f"SAVEPOINT {connection.ops.quote_name(savepoint)}")
    time.sleep(GAP)


def apart() -> None:
    """The effect and the job's end commit one after the other."""

    def perform(job: Job, progress: Any, clock: Any) -> None:
        with recording(actor=job.created_by):
            registry.work(job.kind).handler(job, progress)
        with recording(actor=job.created_by):
            time.sleep(GAP)
            ended = {"status": Status.DONE, "lease_until": None, "finished_at": timezone.now()}
            Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts).update(**ended)

    operations._perform = perform


def torn_close() -> None:
    """A statement is issued in one transaction and posted in the next."""
    post = statements.ledger.post

    def post_afterwards(**values: Any) -> int:
        commit_half()
        return post(**values)

    statements.ledger.post = post_afterwards


def torn_import() -> None:
    """Rows are merged in one transaction, and the run's end is written in the next."""
    keep = runs._keep

    def keep_afterwards(*values: Any) -> None:
        keep(*values)
        commit_half()

    runs._keep = keep_afterwards


WAYS: dict[str, Callable[[], None]] = {"apart": apart, "torn_close": torn_close, "torn_import": torn_import}
WAYS.get(os.environ.get("WITHOUT", ""), lambda: None)()
