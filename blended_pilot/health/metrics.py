"""What Prometheus is told: requests by route and status, and background runs by kind, state and age.

Nothing here names a person, an organisation or a record: labels are route names, kinds and states.
"""

import os
from collections.abc import Iterator

from django.utils import timezone
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from blended_pilot.jobs.models import Job, Status

UNFINISHED = (Status.QUEUED, Status.RUNNING)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # where several web processes on one machine keep their counts for each other


class Jobs(Collector):
    """Read from the table when asked: every process tells the same."""

    def collect(self) -> Iterator[Metric]:
        number = GaugeMetricFamily(
            "blended_pilot_jobs", "Background runs that wait, run or have failed.", labels=["kind", "status"]
        )
        age = GaugeMetricFamily(
            "blended_pilot_jobs_oldest_seconds",
            "Age of the oldest background run that waits or runs.",
            labels=["kind", "status"],
        )
        now = timezone.now()
        for row in Job.objects.by_kind_and_status([*UNFINISHED, Status.FAILED]):
            labels = [row["kind"], row["status"]]
            number.add_metric(labels, row["number"])
            if row["status"] in UNFINISHED:
                age.add_metric(labels, (now - row["oldest"]).total_seconds())
        yield number
        yield age


def told() -> bytes:
    """In Prometheus' text format."""
    ours = CollectorRegistry()
    ours.register(Jobs())
    if os.environ.get(FOLDER):
        MultiProcessCollector(ours)  # type: ignore[no-untyped-call]
        return generate_latest(ours)
    return generate_latest(REGISTRY) + generate_latest(ours)
