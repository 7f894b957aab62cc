"""What a month bought, in parts: counted now, or as it was counted at night where a contract is large."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from baseline.queries.caseload import caseload
from baseline.queries.changes import Marks, changed_from
from baseline.queries.months import Escalated, LevelMonth, by_level, escalation_of, later_escalation
from blended_pilot.kernel.periods import add_months, each_month, next_month
from contracts.models import Contract
from eligibility.models import CoverageSpan
from variance.models import MonthCount

LARGE = 10_000  # members; months of smaller contracts are counted whenever they are looked at
ESCALATION_MONTHS = 3


@dataclass(frozen=True)
class Totals:
    """Of everybody who was covered in the month."""

    members: int
    reached: int
    contacts: int
    episodic: int
    minutes: int
    timed: int
    with_package: int
    served: int


@dataclass(frozen=True)
class Parts:
    """A month's sums, the levels of the months up to it, and what became of those of three months before."""

    total: Totals
    levels: Sequence[LevelMonth]
    escalated: Escalated | None
    counted_at: datetime | None = None  # None: now
    changed: bool = False  # records of the month were written since


def parts(contract: Contract, month: date, *, first: date, kept: bool) -> Parts:
    """The parts of `month`, with the levels from `first` on; with `kept` as counted at night, where they were."""
    found = _kept(contract, month, first) if kept else None
    return found or live(contract, month, first=first)


def live(contract: Contract, month: date, *, first: date) -> Parts:
    """The parts by what is recorded now."""
    shown = caseload(contract, starts_on=month, ends_before=next_month(month), each_member=False)
    earlier = add_months(month, -ESCALATION_MONTHS)
    return Parts(
        total=_totals(shown.total),
        levels=by_level(contract, first=first, last=month),
        escalated=later_escalation(contract, earlier, months=ESCALATION_MONTHS) if earlier >= first else None,
    )


def is_large(contract: Contract) -> bool:
    return CoverageSpan.objects.filter(contract=contract).values("member").distinct().count() >= LARGE


def count(contract: Contract, month: date) -> dict[str, Any]:
    """The month's own part of the figures, as `MonthCount.figures` keeps it."""
    shown = caseload(contract, starts_on=month, ends_before=next_month(month))
    return {
        "total": asdict(_totals(shown.total)),
        "levels": [
            {**asdict(one), "month": month.isoformat(), "member_months": str(one.member_months)}
            for one in by_level(contract, first=month, last=month)
        ],
        "escalated": {
            **asdict(escalation_of(contract, shown, months=ESCALATION_MONTHS)),
            "month": month.isoformat(),
        },
    }


def stands(contract: Contract, month: date, since: Marks) -> bool:
    """Whether what was counted of the month at these marks is still so, with what became of its members afterwards."""
    day = changed_from(contract, since)
    return day is None or day >= add_months(month, 1 + ESCALATION_MONTHS)


def _kept(contract: Contract, month: date, first: date) -> Parts | None:
    """None where a month of them was never counted."""
    months = list(each_month(first, month))
    earlier = add_months(month, -ESCALATION_MONTHS)
    rows = {one.month: one for one in MonthCount.objects.filter(contract=contract, month__in=months)}
    if len(rows) < len(months):
        return None
    oldest = min(rows.values(), key=lambda one: one.counted_at)  # all of one night, unless nights went wrong
    day = changed_from(contract, oldest.marks)
    return Parts(
        total=Totals(**rows[month].figures["total"]),
        levels=[_level(one) for each in months for one in rows[each].figures["levels"]],
        escalated=_escalated(rows[earlier].figures["escalated"]) if earlier >= first else None,
        counted_at=oldest.counted_at,
        changed=day is not None and day < next_month(month),
    )


def _totals(found: Any) -> Totals:
    return Totals(**{field.name: getattr(found, field.name) for field in fields(Totals)})


def _level(kept: Mapping[str, Any]) -> LevelMonth:
    return LevelMonth(
        **{**kept, "month": date.fromisoformat(kept["month"]), "member_months": Decimal(kept["member_months"])}
    )


def _escalated(kept: Mapping[str, Any]) -> Escalated:
    return Escalated(**{**kept, "month": date.fromisoformat(kept["month"])})
