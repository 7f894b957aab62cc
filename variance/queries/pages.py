"""What the money pages show: cycles with their figures, lines at statement grain, what is held, missing and unpaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from blended_pilot.kernel.periods import first_of_month, next_month
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from variance.models import (
    ACCEPTED,
    ActivityOutcome,
    Cycle,
    CycleException,
    CycleStatus,
    GateResult,
    LedgerEntry,
    LineKind,
    PreviewLine,
    PreviewOutcome,
    Statement,
)

ZERO = Decimal(0)
GRAIN = ("component", "line_kind", "service_month", "level", "cohort", "geography", "service", "rate", "reason")


@dataclass(frozen=True)
class ComponentFigures:
    """One component of one cycle: what is posted for its own month, and what for earlier ones."""

    component: str
    current: Decimal
    adjustment: Decimal
    rows: int

    @property
    def total(self) -> Decimal:
        return self.current + self.adjustment


@dataclass(frozen=True)
class UnpaidFigures:
    """Records, or parts of records, with one outcome code."""

    code: str
    records: int
    amount: Decimal


def rows_of(cycle: Cycle) -> QuerySet[Any]:
    """The differences of a cycle one by one: posted entries once it is closed, its preview before."""
    if cycle.status == CycleStatus.CLOSED:
        return LedgerEntry.objects.filter(cycle=cycle)
    return PreviewLine.objects.filter(cycle=cycle)


def lines_of(cycle: Cycle) -> QuerySet[Any]:
    """The same at statement grain: dicts of GRAIN with `quantity`, `amount` and `rows`."""
    return (
        rows_of(cycle)
        .values(*GRAIN)
        .annotate(quantity=Sum("quantity"), amount=Sum("amount"), rows=Count("pk"))
        .order_by(*GRAIN)
    )


def component_figures(cycle: Cycle) -> list[ComponentFigures]:
    """One row a component, in the contract's order of settlement."""
    found = {
        row["component"]: row
        for row in rows_of(cycle)
        .values("component")
        .annotate(
            current=Coalesce(Sum("amount", filter=Q(line_kind=LineKind.CURRENT)), Value(ZERO)),
            adjustment=Coalesce(Sum("amount", filter=Q(line_kind=LineKind.ADJUSTMENT)), Value(ZERO)),
            rows=Count("pk"),
        )
    }
    terms = signed_terms(cycle.contract_id).on(cycle.month)
    order: Sequence[str] = terms.document.settlement.order if terms else ()
    return [
        ComponentFigures(name, found[name]["current"], found[name]["adjustment"], found[name]["rows"])
        if name in found
        else ComponentFigures(name, ZERO, ZERO, 0)
        for name in (*order, *(name for name in sorted(found) if name not in order))
    ]


def outcomes_of(cycle: Cycle) -> QuerySet[Any]:
    """What the cycle says anew of records: those whose outcome differs from what was said before."""
    if cycle.status == CycleStatus.CLOSED:
        return ActivityOutcome.objects.filter(cycle=cycle)
    return PreviewOutcome.objects.filter(cycle=cycle)


def unpaid_figures(cycle: Cycle) -> list[UnpaidFigures]:
    """What the cycle newly lists as not paid, by code."""
    rows = (
        outcomes_of(cycle)
        .exclude(code__in=ACCEPTED)
        .values("code")
        .annotate(records=Count("pk"), at_stake=Sum("amount"))
        .order_by("code")
    )
    return [UnpaidFigures(row["code"], row["records"], row["at_stake"] or ZERO) for row in rows]


def exception_figures(cycle: Cycle) -> list[dict[str, Any]]:
    """What could not be paid or reached, by code: dicts of code, rows and amount."""
    return list(
        CycleException.objects.filter(cycle=cycle)
        .values("code")
        .annotate(rows=Count("pk"), amount=Sum("amount"))
        .order_by("code")
    )


def gates_of(cycle: Cycle) -> QuerySet[GateResult]:
    """Every gate of the contract for the cycle's own month, then what still fails for earlier months."""
    return GateResult.objects.filter(cycle=cycle).order_by("-service_month", "code")


def next_month_of(contract: Contract) -> date | None:
    """The month that the contract's next cycle would have, or None while one is unfinished or nothing is signed."""
    latest = Cycle.objects.filter(contract=contract).order_by("-month").first()
    if latest is None:
        terms = signed_terms(contract.pk)
        return first_of_month(terms.first_day) if terms else None
    if latest.status != CycleStatus.CLOSED:
        return None
    return next_month(latest.month)


def member_money(member_id: int, contracts: QuerySet[Contract]) -> QuerySet[Any]:
    """What was posted for one member, by month and component: dicts, the latest month first."""
    return (
        LedgerEntry.objects.filter(member_id=member_id, contract__in=contracts)
        .values("contract__code", "contract__currency", "service_month", "component")
        .annotate(amount=Sum("amount"), quantity=Sum("quantity"), rows=Count("pk"))
        .order_by("-service_month", "component")
    )


def latest_outcomes(activity_id: int) -> QuerySet[ActivityOutcome]:
    """What closed cycles said of one record, the latest first."""
    return (
        ActivityOutcome.objects.filter(activity_id=activity_id)
        .select_related("cycle", "contract")
        .order_by("-cycle__month", "code")
    )


def statements() -> QuerySet[Statement]:
    return Statement.objects.select_related("contract", "cycle").order_by("-issued_at", "-pk")


def ledger() -> QuerySet[LedgerEntry]:
    return LedgerEntry.objects.select_related("contract", "cycle", "member", "activity").order_by(
        F("contract_id"), F("entry_no").desc()
    )
