"""How far a running job is, written where the page can see it while the job's own transaction is still open."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self

import structlog
from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from blended_pilot.jobs.models import Job, Status

LEASE = timedelta(seconds=30)
WRITE_AT_MOST_EVERY = timedelta(seconds=0.5)

logger = structlog.get_logger(__name__)


class Progress:
    """Renews the lease and shows progress, through a connection of its own.

    Call it with what is done: `progress(done=4000, total=100_000, text=_("Checking rows"))`. A thread renews the
    lease meanwhile, so that one long statement does not look like a lost worker; a killed process takes the thread
    with it.
    """

    def __init__(self, job: Job, clock: Callable[[], datetime]) -> None:
        self._job = job
        self._clock = clock
        self._connection: BaseDatabaseWrapper | None = None
        self._one_at_a_time = threading.Lock()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep_lease, name=f"lease of job {job.pk}", daemon=True)
        self._written_at: datetime | None = None
        self._values: tuple[int, int | None, str] = (0, None, "")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def __call__(self, done: int, total: int | None = None, text: Any = "") -> None:
        """Show that `done` of `total` units are done (total unknown: None), and what is being done now."""
        self._values = (done, total, str(text)[:200])
        now = self._clock()
        finished = total is not None and done >= total
        if self._written_at is None or finished or now - self._written_at >= WRITE_AT_MOST_EVERY:
            self._written_at = now
            self._write(now)

    def _keep_lease(self) -> None:
        while not self._ended.wait(LEASE.total_seconds() / 3):
            self._write(self._clock())

    def _write(self, now: datetime) -> None:
        done, total, text = self._values
        try:
            with self._one_at_a_time, self._own_connection().cursor() as cursor:
                cursor.execute(
                    """UPDATE jobs_job
                          SET progress_done = %s, progress_total = %s, progress_text = %s, lease_until = %s
                        WHERE id = %s AND attempts = %s AND status = %s""",
                    [done, total, text, now + LEASE, self._job.pk, self._job.attempts, Status.RUNNING],
                )
        except DatabaseError as error:
            # Without a lease the job is taken over; its own transaction then finds that out and rolls back.
            logger.warning("job_progress_not_written", job_id=self._job.pk, error=type(error).__name__)
            with self._one_at_a_time:
                self._connection = None

    def _own_connection(self) -> BaseDatabaseWrapper:
        if self._connection is None:
            self._connection = connections.create_connection("default")
            self._connection.inc_thread_sharing()  # guarded by the lock
        return self._connection
