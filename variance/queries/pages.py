"""What the money pages show: cycles with their figures, lines at statement grain, what is held, missing and unpaid."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from baseline.models import Activity
from blended_pilot.jobs.models import Job
from blended_pilot.kernel.changes import changes
from blended_pilot.kernel.periods import first_of_month, next_month
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from variance.models import (
    ACCEPTED,
    ActivityOutcome,
    Component,
    Cycle,
    CycleException,
    CycleStatus,
    ExceptionCode,
    GateResult,
    LedgerEntry,
    LineKind,
    OutcomeCode,
    PreviewLine,
    PreviewOutcome,
    Statement,
    StatementLine,
)

ZERO = Decimal(0)
GATE_LABELS = {
    "activity_verified": _("Every episodic record is verified"),
    "capacity_assured": _("Funded and actual capacity agree"),
    "referrals_verified": _("Every referral is verified"),
    "outcomes_validated": _("Outcome data is validated"),
    "caseload_reviewed": _("Every caseload was reviewed"),
    "case_reviews_current": _("No case review is overdue"),
    "actions_retested": _("Corrective actions were re-tested"),
    "signals_decided": _("Every signal was decided"),
}
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

    @property
    def label(self) -> Any:
        return Component(self.component).label


@dataclass(frozen=True)
class UnpaidFigures:
    """Records, or parts of records, with one outcome code."""

    code: str
    records: int
    amount: Decimal

    @property
    def label(self) -> Any:
        return OutcomeCode(self.code).label


@dataclass(frozen=True)
class ExceptionFigures:
    """Rows that could not be paid or reached, for one reason."""

    code: str
    rows: int
    amount: Decimal

    @property
    def label(self) -> Any:
        return ExceptionCode(self.code).label


@dataclass(frozen=True)
class GateFigures:
    """One gate for one service month, in words."""

    code: str
    service_month: date
    holds: Any
    passed: bool
    known: bool
    missing: int
    examples: Sequence[Any]

    @property
    def label(self) -> Any:
        return GATE_LABELS.get(self.code, self.code)

    @property
    def more(self) -> int:
        """What is missing beyond the examples."""
        return max(self.missing - len(self.examples), 0)

    @property
    def holds_text(self) -> Any:
        if self.holds == "nothing":
            return _("nothing; shown only")
        if self.holds == "close":
            return _("the close of the month")
        return ", ".join(str(Component(component).label) for component in self.holds)


@dataclass(frozen=True)
class CycleChange:
    """One recorded change of a cycle, as `kit/history.html` draws it."""

    at: datetime
    who: Any
    what: Any
    reason: str
    fields: Sequence[tuple[Any, Any, Any]] = ()


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


def exception_figures(cycle: Cycle) -> list[ExceptionFigures]:
    """What could not be paid or reached, by code."""
    rows = (
        CycleException.objects.filter(cycle=cycle)
        .values("code")
        .annotate(rows=Count("pk"), at_stake=Sum("amount"))
        .order_by("code")
    )
    return [ExceptionFigures(row["code"], row["rows"], row["at_stake"] or ZERO) for row in rows]


def gates_of(cycle: Cycle) -> list[GateFigures]:
    """Every gate of the contract for the cycle's own month, then what still fails for earlier months."""
    results = list(GateResult.objects.filter(cycle=cycle).order_by("-service_month", "code"))
    pointed_at = {example["activity"] for result in results for example in result.examples if "activity" in example}
    references = dict(Activity.objects.filter(pk__in=pointed_at).values_list("pk", "activity_ref"))
    return [
        GateFigures(
            result.code,
            result.service_month,
            result.holds,
            result.passed,
            result.known,
            result.missing,
            [{**example, "reference": references.get(example.get("activity"))} for example in result.examples],
        )
        for result in results
    ]


def cycles() -> QuerySet[Cycle]:
    """All cycles with what they post: their statement's total, or the sum of the preview while they are unfinished."""
    preview = (
        PreviewLine.objects.filter(cycle=OuterRef("pk")).values("cycle").annotate(total=Sum("amount")).values("total")
    )
    return (
        Cycle.objects.select_related("contract", "prepared_by", "approved_by")
        .annotate(
            total=Case(
                When(status=CycleStatus.CLOSED, then=F("statement__total")),
                default=Subquery(preview, output_field=DecimalField()),
            )
        )
        .order_by("-month", "contract__code", "pk")
    )


def unfinished_job(cycle: Cycle) -> Job | None:
    """The job that is at work on this cycle."""
    return (
        Job.objects.filter(
            kind__in=["cycle.calculate", "cycle.close"], key__startswith=f"{cycle.pk}:", finished_at=None
        )
        .order_by("-pk")
        .first()
    )


def changes_of(cycle: Cycle) -> list[CycleChange]:
    """Every change of status, the latest first."""
    rows = cycle.history.order_by("id", "history_id").values()
    found = list(changes(rows, ("status", "digest")))
    people = dict(User.objects.filter(pk__in={change.by_id for change in found}).values_list("pk", "name"))
    return [
        CycleChange(
            at=change.at,
            who=people.get(change.by_id or 0, _("the system")),
            what=CycleStatus(change.row["status"]).label,
            reason=change.reason,
        )
        for change in reversed(found)
    ]


def latest_unpaid() -> QuerySet[ActivityOutcome]:
    """What the latest closed cycle to judge each record left unpaid, one row a record or part."""
    later = ActivityOutcome.objects.filter(activity=OuterRef("activity"), cycle__month__gt=OuterRef("cycle__month"))
    return (
        ActivityOutcome.objects.exclude(code__in=ACCEPTED)
        .exclude(Exists(later))
        .select_related("activity", "cycle", "contract")
        .order_by("-occurred_on", "pk")
    )


def same_subject(entry: LedgerEntry) -> QuerySet[LedgerEntry]:
    """Everything posted for the same record, or the same member-month and component, this entry included."""
    entries = LedgerEntry.objects.filter(contract=entry.contract_id, component=entry.component)
    if entry.activity_id is not None:
        entries = entries.filter(activity=entry.activity_id)
    else:
        entries = entries.filter(member=entry.member_id, service_month=entry.service_month, service=entry.service)
    return entries.select_related("cycle", "contract").order_by("entry_no")


def statement_lines(statement: Statement) -> QuerySet[Any]:
    """The lines as issued, with the number of ledger entries behind each."""
    return (
        StatementLine.objects.filter(statement=statement)
        .values(*GRAIN, "quantity", "amount", "position")
        .annotate(rows=Count("entries"))
        .order_by("position")
    )


def statement_components(statement: Statement) -> list[ComponentFigures]:
    """The lines as issued, summed by component in the order in which they stand."""
    rows = (
        StatementLine.objects.filter(statement=statement)
        .values("component")
        .annotate(
            first=Min("position"),
            current=Coalesce(Sum("amount", filter=Q(line_kind=LineKind.CURRENT)), Value(ZERO)),
            adjustment=Coalesce(Sum("amount", filter=Q(line_kind=LineKind.ADJUSTMENT)), Value(ZERO)),
            lines=Count("pk"),
        )
        .order_by("first")
    )
    return [ComponentFigures(row["component"], row["current"], row["adjustment"], row["lines"]) for row in rows]


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
    """The latest entries of a contract first, in the order of the index that keeps their numbers unique."""
    return LedgerEntry.objects.select_related("contract", "cycle", "member", "activity").order_by(
        F("contract_id").desc(), F("entry_no").desc()
    )
