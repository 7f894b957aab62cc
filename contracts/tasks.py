"""Feeds in the background: check a file that was uploaded, apply one that was checked."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles
from contracts.imports.doors import apply_stored, check_stored

CHECK = "feed.check"
APPLY = "feed.apply"


@handles(CHECK, title=_("Check a feed"))
def check_feed(job: Job, progress: Progress) -> Mapping[str, Any]:
    run = check_stored(run_id=job.payload["run"], actor=job.created_by, now=timezone.now(), progress=progress)
    return {"run": run.pk, "status": run.status, "rows_rejected": run.rows_rejected}


@handles(APPLY, title=_("Apply a feed"))
def apply_feed(job: Job, progress: Progress) -> Mapping[str, Any]:
    run = apply_stored(run_id=job.payload["run"], actor=job.created_by, now=timezone.now(), progress=progress)
    return {"run": run.pk, "status": run.status, "rows_applied": run.rows_applied}
