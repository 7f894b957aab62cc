"""Signed documents as flat rows: what the calculation needs of them, one list per kind of term.

Every row names its version, and rows that money follows from the number of their clause. Ranges are half-open; an open
side is "infinity". Plain Python: documents in, JSON-ready values out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from blended_pilot.kernel.periods import DAY, add_months, days_in_month, each_month, first_of_month, next_month
from contracts.rules.document import ContractDocument, Range, Service

EXACT_PLACES = 6  # decimals of a ledger row when rounding waits for the statement line
COUNTING_DAY = {"first": 1, "day_15": 15}


class Version(Protocol):
    """A signed version (contracts.queries.terms.VersionTerms)."""

    @property
    def version_id(self) -> int: ...
    @property
    def number(self) -> int: ...
    @property
    def in_force_from(self) -> date: ...
    @property
    def document(self) -> ContractDocument: ...


@dataclass(frozen=True)
class Stretch:
    """Days [starts_on, ends_before) governed by one version; `governs` is False before the first one is in force."""

    version: Version
    starts_on: date
    ends_before: date
    governs: bool


def stretches(versions: Sequence[Version]) -> list[Stretch]:
    """All of time, cut where the governing version changes. `versions` are ordered by number.

    Days before the first version are judged by the words of the earliest one, and lie outside every term.
    """
    starts = sorted({version.in_force_from for version in versions})
    cut = [*starts, date.max]
    found = [
        Stretch(
            version=next(version for version in reversed(versions) if version.in_force_from <= start),
            starts_on=start,
            ends_before=cut[index + 1],
            governs=True,
        )
        for index, start in enumerate(starts)
    ]
    return [Stretch(version=found[0].version, starts_on=date.min, ends_before=starts[0], governs=False), *found]


def _term(stretch: Stretch) -> tuple[date, date]:
    """Days of the stretch in its own version's term, half-open; empty when the first is not before the last."""
    term = stretch.version.document.term
    if not stretch.governs:
        return stretch.starts_on, stretch.starts_on
    return max(stretch.starts_on, term.from_), min(stretch.ends_before, term.to + DAY)


def service_months(versions: Sequence[Version], until: date) -> list[tuple[date, Stretch, date, date]]:
    """(month, stretch, first day, ends_before) of every month with a day in the term, up to the month of `until`."""
    found = []
    for stretch in stretches(versions):
        first, end = _term(stretch)
        if first >= end:
            continue
        for month in each_month(first, min(end - DAY, until)):
            found.append((month, stretch, max(first, month), min(end, next_month(month))))
    return found


def first_month(versions: Sequence[Version]) -> date | None:
    """The first service month of all, or None when no version's term holds a day that it governs."""
    months = service_months(versions, date.max - 31 * DAY)
    return months[0][0] if months else None


def closes_from(document: ContractDocument, month: date) -> date:
    """The first day on which the cycle of `month` may close: the month has ended, and the contract's day is reached."""
    following = add_months(month, 1)
    day = document.settlement.close_after_day or 1
    return following.replace(day=min(day, days_in_month(following)))


def _edge(day: date | None, otherwise: str) -> str:
    return otherwise if day is None or day in (date.min, date.max) else day.isoformat()


def _range(item: Range) -> dict[str, str]:
    return {"starts_on": _edge(item.from_, "-infinity"), "ends_before": _edge(item.ends_before, "infinity")}


def _counting_day(rule: str, month: date) -> date | None:
    """The fixed day of the month, or None where the first covered day counts."""
    if rule == "last":
        return month.replace(day=days_in_month(month))
    return month.replace(day=COUNTING_DAY[rule]) if rule in COUNTING_DAY else None


def _months(versions: Sequence[Version], until: date, signed_late: frozenset[int]) -> Iterator[dict[str, Any]]:
    for month, stretch, first, end in service_months(versions, until):
        document = stretch.version.document
        settlement = document.settlement
        fixed = _counting_day(settlement.member_month, month)
        yield {
            "service_month": month.isoformat(),
            "first_day": first.isoformat(),
            "ends_before": end.isoformat(),
            "days": days_in_month(month),
            "version_id": stretch.version.version_id,
            "signed_late": stretch.version.version_id in signed_late,
            "rule": settlement.member_month,
            "counting_day": fixed.isoformat() if fixed and first <= fixed < end else None,
            "level_change": settlement.level_change,
            "delivered": document.baseline.paid_when == "delivered",
            # who is covered on one day counts once, at that day's level: no need to look at any other day
            "one_day": fixed is not None
            and settlement.level_change == "snapshot"
            and document.baseline.paid_when == "enrolled",
            "provisional": document.provisional_level,
            "lapse": document.lapse_level,
            "places": settlement.rounding.places,
            "row_places": settlement.rounding.places if settlement.rounding.step == "line" else EXACT_PLACES,
        }


def _versions(versions: Sequence[Version]) -> Iterator[dict[str, Any]]:
    for stretch in stretches(versions):
        document = stretch.version.document
        first, end = _term(stretch)
        rounding = document.settlement.rounding
        yield {
            "version_id": stretch.version.version_id,
            "starts_on": _edge(stretch.starts_on, "-infinity"),
            "ends_before": _edge(stretch.ends_before, "infinity"),
            "term_starts_on": _edge(first, "-infinity"),
            "term_ends_before": _edge(end, "-infinity") if first < end else "-infinity",
            "provisional": document.provisional_level,
            "lapse": document.lapse_level,
            "row_places": rounding.places if rounding.step == "line" else EXACT_PLACES,
        }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else format(amount, "f")


def _rates(version: Version) -> Iterator[dict[str, Any]]:
    for index, cell in enumerate(version.document.baseline.rates):
        yield {
            "version_id": version.version_id,
            "level": cell.level,
            "cohort": cell.cohort,
            "geography": cell.geography,
            **_range(cell),
            "amount": _text(cell.amount),
            "clause": f"baseline.rates[{index}]",
        }


def _blocks(version: Version) -> Iterator[dict[str, Any]]:
    for index, block in enumerate(version.document.baseline.block):
        yield {
            "version_id": version.version_id,
            "code": block.code,
            **_range(block),
            "amount": _text(block.amount),
            "clause": f"baseline.block[{index}]",
        }


def _price_kind(service: Service) -> str:
    if service.as_billed:
        return "as_billed"
    if service.tiered:
        return f"tiers_{service.tiered.per}"
    return "dated"


def _services(version: Version) -> Iterator[dict[str, Any]]:
    for index, service in enumerate(version.document.services):
        yield {
            "version_id": version.version_id,
            "service": service.code,
            "episodic": service.episodic,
            "costed": service.costed,
            "authorization_required": service.authorization == "required",
            "filing_limit_days": service.filing_limit_days,
            "max_units": _text(service.maximum.units) if service.maximum else None,
            "max_days": service.maximum.within_days if service.maximum else None,
            "criteria": [criterion.code for criterion in service.criteria],
            "bundled_into": list(service.bundled_into),
            "price_kind": _price_kind(service),
            "ceiling": _text(service.price_ceiling),
            "tier_mode": service.tiered.mode if service.tiered else None,
            "clause": f"services[{index}].price",
        }


def _prices(version: Version) -> Iterator[dict[str, Any]]:
    for index, service in enumerate(version.document.services):
        listed = isinstance(service.price, tuple)
        for position, price in enumerate(service.dated_amounts):
            yield {
                "version_id": version.version_id,
                "service": service.code,
                **_range(price),
                "amount": _text(price.amount),
                "clause": f"services[{index}].price[{position}]" if listed else f"services[{index}].price",
            }


def _tiers(version: Version) -> Iterator[dict[str, Any]]:
    for index, service in enumerate(version.document.services):
        above = Decimal(0)
        for position, tier in enumerate(service.tiered.tiers if service.tiered else ()):
            yield {
                "version_id": version.version_id,
                "service": service.code,
                "above": _text(above),
                "up_to": _text(tier.to),
                "amount": _text(tier.amount),
                "clause": f"services[{index}].price.tiers[{position}]",
            }
            above = tier.to or above


def _levels(version: Version) -> Iterator[dict[str, Any]]:
    for level in version.document.levels:
        yield {"version_id": version.version_id, "level": level.code, "rank": level.rank}


def _package(version: Version) -> Iterator[dict[str, Any]]:
    for item in version.document.baseline.package:
        for level in item.expected:
            yield {"version_id": version.version_id, "service": item.service, "level": level}


class _Clauses:
    """Numbers clauses as they come: rows carry a number in place of version and key path."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []

    def given(self, row: dict[str, Any]) -> dict[str, Any]:
        number = len(self.rows) + 1
        self.rows.append({"clause_no": number, "version_id": row["version_id"], "path": row["clause"]})
        return {**{key: value for key, value in row.items() if key != "clause"}, "clause_no": number}


def flat(versions: Sequence[Version], *, until: date, signed_late: frozenset[int]) -> dict[str, list[dict[str, Any]]]:
    """The terms of all service months up to the month of `until`, by kind.

    `signed_late` are versions signed since the last close; a change that only they explain is a change of terms.
    """
    numbers = _Clauses()
    used = {stretch.version.version_id: stretch.version for stretch in stretches(versions)}.values()
    return {
        "months": list(_months(versions, first_of_month(until), signed_late)),
        "versions": list(_versions(versions)),
        "rates": [numbers.given(row) for version in used for row in _rates(version)],
        "blocks": [numbers.given(row) for version in used for row in _blocks(version)],
        "services": [numbers.given(row) for version in used for row in _services(version)],
        "prices": [numbers.given(row) for version in used for row in _prices(version)],
        "tiers": [numbers.given(row) for version in used for row in _tiers(version)],
        "levels": [row for version in used for row in _levels(version)],
        "package": [row for version in used for row in _package(version)],
        "clauses": numbers.rows,
    }
