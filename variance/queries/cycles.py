"""Cycles for screens and commands: which is next, what each gate says, what is missing before the close."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from baseline.models import Activity
from blended_pilot.kernel.periods import add_months
from blended_pilot.kernel.scope import SYSTEM, acting
from contracts.queries.terms import signed_terms
from variance.models import Cycle, CycleException, CycleStatus, GateResult, PreviewLine
from variance.queries import calculation
from variance.queries.gates import GateFinding, sentence
from variance.rules.statement import plain
from variance.rules.terms import closes_from, first_month


def next_month(contract_id: int) -> date | None:
    """The month whose cycle is on its way or comes next; None while nothing is signed."""
    latest = Cycle.objects.filter(contract_id=contract_id).order_by("-month").first()
    if latest is not None:
        return add_months(latest.month, 1) if latest.status == CycleStatus.CLOSED else latest.month
    signed = signed_terms(contract_id)
    return first_month(signed.versions) if signed else None


@dataclass(frozen=True)
class GateReport:
    """One gate for one service month, with what it says and the first things that are missing."""

    code: str
    service_month: date
    holds: Any
    passed: bool
    known: bool
    missing: int
    sentence: str
    examples: list[dict[str, Any]]


@dataclass(frozen=True)
class CycleReport:
    """`missing` lists, in sentences, everything that stands between the cycle and its close."""

    cycle: Cycle
    closes_from: date
    gates: list[GateReport]
    missing: list[str]


def report(cycle: Cycle, today: date) -> CycleReport:
    """Where the cycle stands. Gates are those of its latest calculation."""
    document = calculation.own_terms(signed_terms(cycle.contract_id), cycle.month).document
    gates = [_gate(gate) for gate in cycle.gateresults.order_by("code", "service_month")]
    first = closes_from(document, cycle.month)
    return CycleReport(cycle=cycle, closes_from=first, gates=gates, missing=_missing(cycle, gates, first, today))


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def report_now(cycle: Cycle, today: date) -> CycleReport:
    """As `report`, with every gate judged anew on the facts as they are: as long as a calculation, and nothing is kept.

    A closed cycle's gates are those it closed with.
    """
    if cycle.status == CycleStatus.CLOSED:
        return report(cycle, today)
    signed = signed_terms(cycle.contract_id)
    last = calculation.last_close(cycle.contract_id, before=cycle.month)
    with transaction.atomic():
        findings = calculation.work_out(
            contract=cycle.contract,
            month=cycle.month,
            signed=signed,
            signed_late=calculation.signed_since(cycle.contract_id, last),
            last=last,
        )
    gates = [_gate(finding) for finding in findings]
    first = closes_from(calculation.own_terms(signed, cycle.month).document, cycle.month)
    return CycleReport(cycle=cycle, closes_from=first, gates=gates, missing=_missing(cycle, gates, first, today))


def _gate(gate: GateResult | GateFinding) -> GateReport:
    return GateReport(
        code=gate.code,
        service_month=gate.service_month,
        holds=gate.holds if isinstance(gate.holds, str) else list(gate.holds),
        passed=gate.passed,
        known=gate.known,
        missing=gate.missing,
        sentence=sentence(gate),
        examples=gate.examples,
    )


def _missing(cycle: Cycle, gates: list[GateReport], first: date, today: date) -> list[str]:
    if cycle.status == CycleStatus.CLOSED:
        return []
    missing = []
    if today < first:
        missing.append(_("The month cannot close before %(day)s.") % {"day": date_format(first, "DATE_FORMAT")})
    steps = {
        CycleStatus.OPEN: _("It has not been calculated."),
        CycleStatus.CALCULATED: _("It has not been sent for review."),
        CycleStatus.IN_REVIEW: _("The other side has not approved it."),
    }
    if cycle.status in steps:
        missing.append(steps[CycleStatus(cycle.status)])
    missing += [
        gate.sentence
        for gate in gates
        if gate.holds == "close" and not gate.passed and gate.service_month == cycle.month
    ]
    return missing


def lacking(gates: Sequence[GateReport]) -> list[list[str]]:
    """For each gate the first things that it lacks, named: the reference of a record, or a sentence."""
    records = {example["activity"] for gate in gates for example in gate.examples if "activity" in example}
    references = dict(Activity.objects.filter(pk__in=records).values_list("pk", "activity_ref"))
    return [
        [str(example.get("sentence") or references.get(example.get("activity"), "")) for example in gate.examples]
        for gate in gates
    ]


def exceptions_of(cycle: Cycle, most: int) -> list[dict[str, Any]]:
    """The first of what the cycle could not pay or reach, as JSON-ready values."""
    found = (
        CycleException.objects.filter(cycle=cycle)
        .select_related("member", "activity")
        .order_by("code", "service_month", "member__reference", "activity__activity_ref", "pk")
    )
    return [
        {
            "code": row.code,
            "sentence": row.get_code_display(),
            "component": row.component,
            "service_month": f"{row.service_month:%Y-%m}",
            "member_ref": row.member.reference if row.member else "",
            "activity_ref": row.activity.activity_ref if row.activity else "",
            "level": row.level,
            "cohort": row.cohort,
            "geography": row.geography,
            "service": row.service,
            "quantity": plain(row.quantity),
            "amount": plain(row.amount, 2),
        }
        for row in found[:most]
    ]


def grouped_preview(cycle_id: int) -> QuerySet[PreviewLine, dict[str, Any]]:
    """The preview at the grain of a statement line, unrounded, with the number of rows in each."""
    return (
        PreviewLine.objects.filter(cycle_id=cycle_id)
        .values("component", "line_kind", "service_month", "level", "cohort", "geography", "service", "rate", "reason")
        .annotate(rows=Count("pk"), summed_quantity=Sum("quantity"), summed_amount=Sum("amount"))
        .order_by(
            "component", "-line_kind", "service_month", "service", "level", "cohort", "geography", "rate", "reason"
        )
    )
