"""Work of this stage that runs by itself."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.queries.people import system_user
from authorizations.models import Decision
from authorizations.operations import episode_ends, lateness, missed, seals, second_looks
from baseline.queries.activity import signed_contracts
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles
from blended_pilot.kernel.periods import add_months, first_of_month
from contracts.models import Contract
from contracts.queries.versions import local_today


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


@handles("authorizations.seal_registers", title=gettext_lazy("Seal the registers of decisions"))
def seal_registers(job: Job, progress: Progress) -> dict[str, int]:
    contracts = list(Decision.objects.order_by("contract").values_list("contract", flat=True).distinct())
    made = 0
    for number, contract_id in enumerate(contracts):
        progress(done=number, total=len(contracts), text=_("Sealing a register"))
        made += (
            seals.seal(contract_id=contract_id, actor=job.created_by or system_user(), now=timezone.now()) is not None
        )
    return {"registers": len(contracts), "seals": made}


@handles("authorizations.refresh_episode_follow_ups", title=gettext_lazy("Follow up episodes that are over"))
def refresh_episode_follow_ups(job: Job, progress: Progress) -> dict[str, int]:
    contracts = signed_contracts()
    made = changed = 0
    for number, contract_id in enumerate(contracts):
        progress(done=number, total=len(contracts), text=_("Looking at the episodes of a contract"))
        found = episode_ends.refresh_follow_ups(
            contract_id=contract_id, actor=job.created_by or system_user(), now=timezone.now()
        )
        made, changed = made + found.made, changed + found.changed
    return {"made": made, "changed": changed}


@handles("authorizations.draw_second_looks", title=gettext_lazy("Draw decisions for a second look"))
def draw_second_looks(job: Job, progress: Progress) -> dict[str, int]:
    """Last month's sample of every contract with signed terms; drawing again finds the same sample."""
    now, actor = timezone.now(), job.created_by or system_user()
    contracts = Contract.objects.filter(pk__in=signed_contracts()).order_by("pk")
    for contract in contracts:
        month = add_months(first_of_month(local_today(contract, now)), -1)
        second_looks.draw(contract_id=contract.pk, month=month, actor=actor, now=now)
    return {"contracts": len(contracts)}
