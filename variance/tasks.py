"""Cycle work that may take a while: the page asks, a worker does, the job's row tells how far it is."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles
from variance.operations import cycles


@handles("cycle.calculate", title=_("Calculating a month"))
def calculate(job: Job, progress: Progress) -> Mapping[str, Any]:
    cycle = cycles.calculate(cycle_id=job.payload["cycle"], actor=job.created_by, now=timezone.now())
    return {"digest": cycle.digest}


@handles("cycle.close", title=_("Closing a month"))
def close(job: Job, progress: Progress) -> Mapping[str, Any]:
    try:
        statement = cycles.close(cycle_id=job.payload["cycle"], actor=job.created_by, now=timezone.now())
    except cycles.PreviewChanged as changed:
        # The cycle went back to open, and that must stand: a raised refusal would roll it back with the job.
        return {"refused": changed.sentence}
    return {"statement": statement.number}
