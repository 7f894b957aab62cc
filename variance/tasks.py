"""Cycle work that may take a while: the page asks, a worker does, the job's row tells how far it is."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from baseline.queries.activity import signed_contracts
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import enqueue
from blended_pilot.jobs.progress import Progress
from blended_pilot.jobs.registry import handles
from contracts.models import Contract
from variance.operations import counts, cycles
from variance.queries.counts import is_large


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


@handles("variance.count_months", title=_("Count what the months of large contracts bought"))
def count_months(job: Job, progress: Progress) -> Mapping[str, Any]:
    """Each contract by jobs of its own: marks are taken for a moment, counting may take minutes."""
    large = [one for one in Contract.objects.filter(pk__in=signed_contracts()).order_by("pk") if is_large(one)]
    for contract in large:
        enqueue(
            kind="variance.mark_contract",
            key=f"{job.key} {contract.code}",
            payload={"contract": contract.pk},
            actor=job.created_by,
            now=timezone.now(),
            then=["variance.count_contract"],
        )
    return {"contracts": len(large)}


@handles("variance.mark_contract", title=_("Mark how far a contract's records have come"))
def mark_contract(job: Job, progress: Progress) -> Mapping[str, Any]:
    return {"marks": counts.mark(contract_id=job.payload["contract"])}


@handles("variance.count_contract", title=_("Count what a contract's months bought"))
def count_contract(job: Job, progress: Progress) -> Mapping[str, Any]:
    """At the marks that the job before it took and committed."""
    marked = Job.objects.get(kind="variance.mark_contract", key=job.key)

    def tell(done: int, total: int) -> None:
        progress(done=done, total=total, text=str(_("Counting a month")))

    found = counts.count_months(
        contract_id=job.payload["contract"], since=marked.result["marks"], now=timezone.now(), progress=tell
    )
    return {"counted": found.counted, "same": found.same}
