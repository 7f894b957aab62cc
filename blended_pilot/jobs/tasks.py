"""What workers and beat call: ids in, one operation."""

from celery import shared_task
from django.utils import timezone

from blended_pilot.jobs import doorbell, operations


@shared_task(name=doorbell.RUN_TASK)
def run_job(job_id: int) -> None:
    operations.run(job_id=job_id, clock=timezone.now)


@shared_task(name="jobs.sweep", expires=60)
def sweep_jobs() -> None:
    operations.sweep(now=timezone.now())


@shared_task(name="jobs.start_series")
def start_series(name: str, period: str, kinds: list[str]) -> None:
    operations.start_series(name=name, period=period, kinds=kinds, now=timezone.now())
