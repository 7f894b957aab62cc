"""Delivered work that is not paid: every record or part of one, once, with its latest outcome."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.permissions import sides
from variance.models import ACCEPTED, ActivityOutcome, OutcomeCode
from variance.queries import sql


@dataclass(frozen=True)
class Unpaid:
    """`cycle` gave the outcome; `amount` is what would be paid if it were accepted."""

    cycle: date
    activity_id: int
    activity_ref: str
    member_id: int
    member_ref: str
    service: str
    occurred_on: date
    quantity: Decimal
    amount: Decimal
    code: str

    @property
    def sentence(self) -> str:
        return str(OutcomeCode(self.code).label)


def unpaid(*, contract_id: int, month: date | None = None, reader: Any = None) -> Iterator[Unpaid]:
    """In order of service date and reference. `month` keeps to outcomes of that cycle.

    `reader` sees references or pseudonyms as their roles allow; None is the operator at the command line.
    """
    values = {
        "contract": contract_id,
        "cycle_month": month,
        "all_references": reader is None,
        "reference_of": [] if reader is None else sorted(sides(reader, "member.reference").provider),
    }
    for row in sql.stream("unpaid", values):
        yield Unpaid(**row)


def latest_outcomes(contract_id: int) -> QuerySet[ActivityOutcome]:
    """What closed cycles said last, one row per part of each record."""
    later = ActivityOutcome.objects.filter(activity_id=OuterRef("activity_id"), cycle_id__gt=OuterRef("cycle_id"))
    return ActivityOutcome.objects.filter(~Exists(later), contract_id=contract_id)


def latest_unpaid(contract_id: int) -> QuerySet[ActivityOutcome]:
    """The part of `latest_outcomes` that is not paid."""
    return latest_outcomes(contract_id).exclude(code__in=ACCEPTED)


def outcomes_of(activity_id: int) -> QuerySet[ActivityOutcome]:
    """Everything closed cycles said of one record, latest first."""
    return (
        ActivityOutcome.objects.filter(activity_id=activity_id)
        .select_related("cycle")
        .order_by("-cycle__month", "code")
    )
