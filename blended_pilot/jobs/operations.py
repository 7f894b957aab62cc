"""Background work: asked for once, done once, never lost.

queued → running → done
   ↑________|  ↘  failed          (a failed job may be asked for again)

A worker claims a queued job for a lease that it keeps renewing. The handler's effect and "done" commit together; a
worker killed at any moment leaves either everything or nothing, and `sweep` queues what it left behind.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from blended_pilot.jobs import doorbell, registry
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.progress import LEASE, Progress
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable

MAX_ATTEMPTS = 5
RING_AGAIN_AFTER = timedelta(seconds=20)
RETRY_AFTER = timedelta(seconds=2)  # times the number of attempts so far
SWEPT_AT_ONCE = 500

logger = structlog.get_logger(__name__)


class LeaseLost(Exception):
    """The job was taken over while this worker was still at it; its effect is rolled back."""


@dataclass(frozen=True)
class Swept:
    """What one sweep did: jobs rung for again, of which lost ones came back, and jobs given up."""

    rung: int
    given_up: int


def enqueue(
    *,
    kind: str,
    key: str,
    payload: Mapping[str, Any],
    actor: Any,
    now: datetime,
    organisation_id: int | None = None,
    url: str = "",
    then: Sequence[str] = (),
) -> Job:
    """Ask for a piece of work and ring the bell on commit.

    The same kind and key is the same job while it waits, runs or is done; after a failure it is queued afresh. `then`
    names kinds to be queued, one after another with the same key and payload, as each is done. KeyError for a kind
    that nothing handles.
    """
    for each in (kind, *then):
        registry.work(each)
    request = {
        "payload": dict(payload),
        "then": list(then),
        "url": url,
        "organisation_id": organisation_id,
        "created_by": actor,
        "created_at": now,
        "ring_at": now + RING_AGAIN_AFTER,
        "request_id": structlog.contextvars.get_contextvars().get("request_id", ""),
    }
    with transaction.atomic():
        job, created = Job.objects.select_for_update().get_or_create(kind=kind, key=key, defaults=request)
        if job.status == Status.FAILED:
            again = {"status": Status.QUEUED, "attempts": 0, "error": "", "started_at": None, "finished_at": None}
            Job.objects.filter(pk=job.pk).update(**request, **again)
            job.refresh_from_db()
        elif not created:
            return job
        transaction.on_commit(partial(doorbell.ring, job.pk))
    return job


def start_series(*, name: str, period: str, kinds: Sequence[str], now: datetime) -> Job:
    """Start a series of jobs, each queued as the one before it is done.

    `period` formats `now` (UTC) to what the series runs once for: a second start in it changes nothing.
    """
    first, *rest = kinds
    return enqueue(kind=first, key=f"{name} {now.astimezone(UTC):{period}}", payload={}, actor=None, now=now, then=rest)


def run(*, job_id: int, clock: Callable[[], datetime]) -> Job | None:
    """Do one queued job, or return None when it is not waiting (done already, or another worker has it).

    Never raises for what the handler does: the job's row says how it ended. `clock` tells the time while it runs.
    """
    job = _claim(job_id, clock())
    if job is None:
        return None
    request_id = job.request_id or f"job-{job.pk}"
    with structlog.contextvars.bound_contextvars(request_id=request_id, job_id=job.pk, kind=job.kind):
        _attempt(job, clock)
        job.refresh_from_db()
        logger.info("job_attempted", status=job.status, attempt=job.attempts)
    return job


def sweep(*, now: datetime) -> Swept:
    """Ring again for what waits, queue again what lost its worker, give up what was lost too often.

    Any number of sweeps may run at once: each job is judged by one of them.
    """
    given_up = 0
    with transaction.atomic():
        for job in Job.objects.lost(now).select_for_update(skip_locked=True)[:SWEPT_AT_ONCE]:
            if job.attempts >= MAX_ATTEMPTS:
                _fail(job, _("The worker stopped in the middle each of %d times.") % job.attempts, now)
                given_up += 1
            else:
                _requeue(job, now)
        waiting = list(Job.objects.waiting(now).select_for_update(skip_locked=True)[:SWEPT_AT_ONCE])
        Job.objects.filter(pk__in=[job.pk for job in waiting]).update(ring_at=now + RING_AGAIN_AFTER)
        for job in waiting:
            transaction.on_commit(partial(doorbell.ring, job.pk))
    if waiting or given_up:
        logger.info("jobs_swept", rung=len(waiting), given_up=given_up)
    return Swept(rung=len(waiting), given_up=given_up)


def _claim(job_id: int, now: datetime) -> Job | None:
    # Its own transaction: the lease must be seen by others before the work begins.
    with transaction.atomic(durable=True):
        waiting = Job.objects.select_for_update(skip_locked=True).filter(pk=job_id, status=Status.QUEUED)
        job: Job | None = waiting.first()
        if job is not None:
            job.status = Status.RUNNING
            job.attempts += 1
            job.lease_until = now + LEASE
            job.started_at = now
            job.progress_done, job.progress_total, job.progress_text = 0, None, ""
            job.save()
    return job


def _attempt(job: Job, clock: Callable[[], datetime]) -> None:
    try:
        with Progress(job, clock) as progress:
            _perform(job, progress, clock)
    except LeaseLost:
        logger.warning("job_lease_lost", attempt=job.attempts)
    except (Refused, Unusable) as refusal:
        _fail(job, "\n".join([refusal.sentence, *refusal.reasons]), clock())
    except Exception:
        logger.exception("job_attempt_failed", attempt=job.attempts)
        if not connection.is_usable():
            connection.close()  # the fault may have been the database going away; the next statement connects anew
        _try_again_or_fail(job, clock())


def _perform(job: Job, progress: Progress, clock: Callable[[], datetime]) -> None:
    with recording(actor=job.created_by):
        with connection.cursor() as cursor:
            # A killed worker's statement must not run on and keep its locks.
            cursor.execute("SET LOCAL client_connection_check_interval = '5s'")
        result = registry.work(job.kind).handler(job, progress)
        now = clock()
        held = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
        done = {"status": Status.DONE, "result": dict(result or {}), "lease_until": None, "finished_at": now}
        if not held.update(**done):
            raise LeaseLost
        if job.then:
            enqueue(
                kind=job.then[0],
                key=job.key,
                payload=job.payload,
                actor=job.created_by,
                now=now,
                organisation_id=job.organisation_id,
                url=job.url,
                then=job.then[1:],
            )


def _try_again_or_fail(job: Job, now: datetime) -> None:
    if job.attempts >= MAX_ATTEMPTS:
        sentence = _("A fault in the program stopped this, %(times)d times. It is logged as job %(number)d.")
        _fail(job, sentence % {"times": job.attempts, "number": job.pk}, now)
    else:
        _requeue(job, now + RETRY_AFTER * job.attempts)


def _requeue(job: Job, ring_at: datetime) -> None:
    held = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
    held.update(status=Status.QUEUED, lease_until=None, ring_at=ring_at)


def _fail(job: Job, sentence: str, now: datetime) -> None:
    held = Job.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
    held.update(status=Status.FAILED, lease_until=None, finished_at=now, error=sentence)
