"""Work of this stage that runs by itself."""

from typing import Any

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.permissions import require_on
from accounts.queries.people import system_user
from authorizations import filters
from authorizations.exports import record_paper
from authorizations.models import Decision
from authorizations.operations import episode_ends, lateness, missed, papers, seals, second_looks
from authorizations.queries.proofs import head
from authorizations.queries.register import visible_register
from baseline.queries.activity import signed_contracts
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles
from blended_pilot.kernel.listing import TooLarge
from blended_pilot.kernel.periods import add_months, first_of_month
from contracts.models import Contract
from contracts.queries.versions import local_today
from eligibility.queries.identities import identity


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


@handles(papers.JOB, title=gettext_lazy("Make a paper of a register"))
def register_paper(job: Job, progress: Progress) -> dict[str, Any]:
    """As the list shows it to whoever asked, at the time at which it is made."""
    contract, user = Contract.objects.get(pk=job.payload["contract"]), job.created_by
    require_on(user, "register.export", contract, _("Your roles do not include taking the register along."))
    wanted = filters.RegisterFilter(QueryDict(job.payload["query"]), queryset=visible_register(user), user=user)
    found = list(wanted.qs.filter(contract=contract).order_by("number")[: record_paper.MOST + 1])
    if len(found) > record_paper.MOST:
        raise TooLarge(_("This list is too long for a paper. Narrow the filters, or take the CSV file."))
    progress(done=0, text=_("Drawing the paper"))
    shown = identity(user, [entry.member for entry in found])
    made = record_paper.register_pdf(
        contract,
        [(entry, shown[entry.member_id].code) for entry in found],
        head=head(contract.pk),
        made_at=timezone.now(),
    )
    told = sorted(pk for pk, one in shown.items() if one.identified)
    return papers.keep_paper(made=made, entries=len(found), members=told)


@handles("authorizations.forget_papers", title=gettext_lazy("Delete papers that were made long ago"))
def forget_papers(job: Job, progress: Progress) -> dict[str, int]:
    return {"forgotten": papers.forget_papers(now=timezone.now())}


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
