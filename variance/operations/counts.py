"""Counting what the months of large contracts bought, at night: first mark how far the records are, then count."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from baseline.queries.changes import Marks, marks
from blended_pilot.kernel.periods import each_month, first_of_month
from contracts.models import Contract
from contracts.operations.facts import freeze
from contracts.queries.terms import signed_terms
from contracts.queries.versions import local_today
from variance.models import MonthCount
from variance.queries import counts as queries


@dataclass(frozen=True)
class Counted:
    """Months that were counted, and those that are still as they were."""

    counted: int
    same: int


def mark(*, contract_id: int) -> Marks:
    """How far the contract's records have come.

    No writer is under way meanwhile: whatever is written later lies after the marks, so that it cannot slip past a
    count that begins after them. To be committed before counting, which would keep every writer waiting.
    """
    with transaction.atomic():
        return marks(freeze(contract_id))


def count_months(
    *, contract_id: int, since: Marks, now: datetime, progress: Callable[[int, int], None] = lambda done, total: None
) -> Counted:
    """Count every month of the term up to now whose records changed since it was counted last.

    `since` are marks that were taken and committed before; `progress` hears of (months done, months in all).
    """
    contract = Contract.objects.get(pk=contract_id)
    months = list(_months(contract, now))
    kept = {one.month: one for one in MonthCount.objects.filter(contract=contract)}
    counted = 0
    for number, month in enumerate(months):
        progress(number, len(months))
        last = kept.get(month)
        if last is None or not queries.stands(contract, month, last.marks):
            figures = queries.count(contract, month)
            counted += 1
        else:
            figures = last.figures
        MonthCount.objects.update_or_create(
            contract=contract, month=month, defaults={"figures": figures, "marks": since, "counted_at": now}
        )
    return Counted(counted=counted, same=len(months) - counted)


def _months(contract: Contract, now: datetime) -> list[date]:
    first = first_of_month(signed_terms(contract.pk).first_day)
    last = first_of_month(local_today(contract, now))
    return list(each_month(first, last)) if first <= last else []
