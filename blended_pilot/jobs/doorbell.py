"""Telling a worker that a job waits. A bell that is not heard is harmless: the sweeper rings again."""

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

RUN_TASK = "jobs.run"

logger = structlog.get_logger(__name__)


def ring(job_id: int) -> None:
    try:
        current_app.send_task(RUN_TASK, args=[job_id], retry=False)
    except OperationalError as error:
        logger.warning("job_bell_not_heard", job_id=job_id, error=type(error).__name__)
