"""Verification of long lists in the background."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from baseline.operations.verification import JOB, carry_out
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles


@handles(JOB, title=_("Verify delivered work"))
def verify_batch(job: Job, progress: Progress) -> Mapping[str, Any]:
    batch = carry_out(batch_id=job.payload["batch"], actor=job.created_by, now=timezone.now(), progress=progress)
    return {"batch": batch.pk, "verified": batch.verified, "left_out": batch.left_out}
