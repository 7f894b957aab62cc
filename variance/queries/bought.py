"""What the money of a month bought, as each side may see it: figures with their parts, small numbers hidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.permissions import sides
from baseline.queries.months import Escalated, LevelMonth
from baseline.rules.suppression import column, part_of, shown
from blended_pilot.kernel.money import rounded
from blended_pilot.kernel.periods import add_months, each_month
from blended_pilot.kernel.scope import SYSTEM, acting
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from contracts.rules.document.settlement import Suppression
from variance.models import Component, LedgerEntry
from variance.queries import counts

TREND_MONTHS = 12
PLACES = 6  # of shares and rates in a file


@dataclass(frozen=True)
class Ratio:
    """A part of a whole; None: hidden, because it or what is left is a small number."""

    part: int | None
    whole: int | None

    @property
    def share(self) -> Decimal | None:
        return Decimal(self.part) / self.whole if self.part is not None and self.whole else None


@dataclass(frozen=True)
class LevelRow:
    """One level in the month. None: hidden. `members` counts whoever was covered at it on any day."""

    level: str
    members: int | None
    member_months: Decimal | None
    baseline: int | None
    rate: Decimal | None


@dataclass(frozen=True)
class Bought:
    """Everything on the page of one month."""

    month: date
    suppressed: bool  # small numbers are hidden from this reader
    members: int | None
    contacts: int
    baseline: int
    episodic: int
    minutes: int
    timed: int
    reached: Ratio
    served: Ratio
    posted: Decimal | None  # of baseline money for this service month, in closed cycles
    unit_cost: Decimal | None
    levels: Sequence[LevelRow]
    uncovered: int  # contacts of people who were not covered that day
    elsewhere: int  # of them, with people who were not covered on any day of the month: not among `contacts`
    elsewhere_episodic: int
    trend: Sequence[tuple[date, Sequence[LevelRow]]]
    escalated: Escalated | None
    fully: Ratio
    partly: Ratio
    counted_at: datetime | None = None  # None: now
    changed: bool = False  # since then, records of the month were written

    @property
    def activity_share(self) -> Decimal | None:
        return Decimal(self.episodic) / self.contacts if self.contacts else None


def suppression_for(reader: Any, contract: Contract, month: date) -> Suppression | None:
    """The contract's rule for a reader who is not of the provider; None where nothing is hidden."""
    if contract.provider_id in sides(reader, "bought.view").provider:
        return None
    terms = signed_terms(contract.pk)
    governing = terms.on(month) or terms.latest
    return governing.document.monitoring.suppression


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def bought(contract: Contract, month: date, *, rule: Suppression | None, kept: bool = True) -> Bought:
    """The figures of a service month. `rule` hides small numbers.

    By what is recorded now; with `kept` those of a large contract as they were counted at night.
    """
    start = max(add_months(month, 1 - TREND_MONTHS), signed_terms(contract.pk).first_day.replace(day=1))
    parts = counts.parts(contract, month, first=min(start, month), kept=kept)
    total, rows, escalated = parts.total, parts.levels, parts.escalated
    now = [row for row in rows if row.month == month]
    posted = _posted(contract, month)
    baseline = total.contacts - total.episodic
    return Bought(
        month=month,
        suppressed=rule is not None,
        members=shown(total.members, rule) if rule else total.members,
        contacts=total.contacts,
        baseline=baseline,
        episodic=total.episodic,
        minutes=total.minutes,
        timed=total.timed,
        reached=_ratio(total.reached, total.members, rule),
        served=_ratio(total.served, total.with_package, rule),
        posted=posted,
        unit_cost=posted / baseline if posted is not None and baseline else None,
        levels=_levels(now, rule),
        uncovered=sum(row.baseline + row.episodic for row in now if row.level is None),
        elsewhere=sum(row.baseline + row.episodic for row in now) - total.contacts,
        elsewhere_episodic=sum(row.episodic for row in now) - total.episodic,
        trend=[
            (each, _levels([row for row in rows if row.month == each], rule))
            for each in each_month(min(start, month), month)
        ],
        escalated=escalated,
        fully=_ratio(escalated.fully_escalated, escalated.fully, rule) if escalated else Ratio(None, None),
        partly=_ratio(escalated.partly_escalated, escalated.partly, rule) if escalated else Ratio(None, None),
        counted_at=parts.counted_at,
        changed=parts.changed,
    )


def _ratio(part: int, whole: int, rule: Suppression | None) -> Ratio:
    return Ratio(*part_of(part, whole, rule)) if rule else Ratio(part, whole)


def _levels(rows: Sequence[LevelMonth], rule: Suppression | None) -> list[LevelRow]:
    rows = [row for row in rows if row.level is not None]
    cells = column([row.members for row in rows], rule) if rule else [row.members for row in rows]
    return [
        LevelRow(row.level or "", None, None, None, None)
        if cell is None
        else LevelRow(row.level or "", cell, row.member_months, row.baseline, row.rate)
        for row, cell in zip(rows, cells, strict=True)
    ]


def _posted(contract: Contract, month: date) -> Decimal | None:
    entries = LedgerEntry.objects.filter(contract=contract, service_month=month, component=Component.BASELINE)
    total: Decimal | None = entries.aggregate(total=Sum("amount"))["total"]
    return total


def table(found: Bought, *, money: bool) -> tuple[list[str], list[list[Any]]]:
    """Every figure of the page as rows for a file: what, level, month, part, whole, value. Hidden ones say so."""
    header = ["figure", "month", "level", "part", "whole", "value"]

    def row(name: str, value: Any, part: Any = "", whole: Any = "", *, month: date = found.month) -> list[Any]:
        return [name, f"{month:%Y-%m}", "", *_cells(part, whole, value)]

    def ratio(name: str, one: Ratio, **options: Any) -> list[Any]:
        return row(name, one.share if one.share is not None or one.part is None else "", one.part, one.whole, **options)

    rows = [
        row("members", found.members),
        row("contacts", found.contacts),
        row("baseline_contacts", found.baseline),
        row("episodic_contacts", found.episodic),
        row("contacts_while_not_covered", found.uncovered),
        row("contacts_with_people_not_covered_in_the_month", found.elsewhere),
        row("minutes", found.minutes, found.timed, found.contacts),
        ratio("people_reached", found.reached),
        ratio("full_package", found.served),
        row("activity_share_of_contacts", _said(found.activity_share), found.episodic, found.contacts),
    ]
    if money:
        rows.append(row("unit_cost", _said(found.unit_cost), _said(found.posted), found.baseline))
    if found.escalated:
        month = found.escalated.month
        rows.append(ratio("escalated_after_full_package", found.fully, month=month))
        rows.append(ratio("escalated_after_part_of_package", found.partly, month=month))
    for each, levels in found.trend:
        for one in levels:
            at = [f"{each:%Y-%m}", one.level]
            rows.append(["members_at_level", *at, "", "", *_cells(one.members)])
            rows.append(["contacts_per_member_month", *at, *_cells(one.baseline, one.member_months, one.rate)])
    return header, rows


def _said(value: Decimal | None) -> Any:
    """A figure that nobody hides: empty where there is none."""
    return "" if value is None else value


def _cells(*values: Any) -> list[Any]:
    return [_("hidden") if value is None else _rounded(value) for value in values]


def _rounded(value: Any) -> Any:
    return rounded(value, PLACES) if isinstance(value, Decimal) else value
