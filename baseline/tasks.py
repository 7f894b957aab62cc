"""Work of this stage that runs by itself, or in the background."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baseline.operations import follow_ups
from baseline.operations.verification import JOB, carry_out
from baseline.queries.activity import signed_contracts
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles


@handles(JOB, title=gettext_lazy("Verify delivered work"))
def verify_batch(job: Job, progress: Progress) -> Mapping[str, Any]:
    batch = carry_out(batch_id=job.payload["batch"], actor=job.created_by, now=timezone.now(), progress=progress)
    return {"batch": batch.pk, "verified": batch.verified, "left_out": batch.left_out}


@handles("baseline.refresh_follow_ups", title=gettext_lazy("Bring follow-ups up to what is recorded"))
def refresh_follow_ups(job: Job, progress: Progress) -> dict[str, int]:
    contracts = signed_contracts()
    made = changed = 0
    for number, contract_id in enumerate(contracts):
        progress(done=number, total=len(contracts), text=_("Looking through the contacts of a contract"))
        found = follow_ups.refresh(contract_id=contract_id, actor=job.created_by, now=timezone.now())
        made, changed = made + found.made, changed + found.changed
    return {"made": made, "changed": changed}
