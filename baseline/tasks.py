"""Work of this stage that runs by itself."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baseline.operations import follow_ups
from baseline.queries.activity import signed_contracts
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles


@handles("baseline.refresh_follow_ups", title=gettext_lazy("Bring follow-ups up to what is recorded"))
def refresh_follow_ups(job: Job, progress: Progress) -> dict[str, int]:
    contracts = signed_contracts()
    made = changed = 0
    for number, contract_id in enumerate(contracts):
        progress(done=number, total=len(contracts), text=_("Looking through the contacts of a contract"))
        found = follow_ups.refresh(contract_id=contract_id, actor=job.created_by, now=timezone.now())
        made, changed = made + found.made, changed + found.changed
    return {"made": made, "changed": changed}
