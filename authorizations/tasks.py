"""Work of this stage that runs by itself."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.queries.people import system_user
from authorizations.operations import lateness, missed
from baseline.queries.activity import signed_contracts
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles


@handles("authorizations.watch_clocks", title=gettext_lazy("Warn of decisions that are due, and act on late ones"))
def watch_clocks(job: Job, progress: Progress) -> dict[str, int]:
    done = lateness.watch(actor=job.created_by or system_user(), now=timezone.now())
    return {"warned": done.warned, "late": done.late}


@handles("authorizations.missed_escalations", title=gettext_lazy("Look for missed escalations"))
def missed_escalations(job: Job, progress: Progress) -> dict[str, int]:
    contracts = signed_contracts()
    found = ended = 0
    for number, contract_id in enumerate(contracts):
        progress(done=number, total=len(contracts), text=_("Looking through the record of a contract"))
        looked = missed.look(contract_id=contract_id, actor=job.created_by or system_user(), now=timezone.now())
        found, ended = found + looked.found, ended + looked.ended
    return {"found": found, "ended": ended}
