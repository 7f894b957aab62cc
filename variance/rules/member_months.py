"""Member-months day by day: what the set-based SQL must give for one member and one month.

Plain and slow on purpose. Property tests hold the SQL against it, and `docs/calculations/baseline.md` describes it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from blended_pilot.kernel.money import rounded
from blended_pilot.kernel.periods import DAY, days_in_month
from contracts.rules.document import ContractDocument, RateCell


@dataclass(frozen=True)
class Coverage:
    """Covered as one cohort in one geography for [starts_on, ends_before); None: open."""

    starts_on: date
    ends_before: date | None
    cohort: str
    geography: str


@dataclass(frozen=True)
class Held:
    """A level in force for [starts_on, ends_before); None: open."""

    starts_on: date
    ends_before: date | None
    level: str


@dataclass(frozen=True)
class Share:
    """The part of a member-month that counts at one level (None: no level applies), at the rate of `rate_day`."""

    level: str | None
    cohort: str
    geography: str
    rate_day: date
    quantity: Fraction


@dataclass(frozen=True)
class Row:
    """A share with its money; `amount` None where no level or no rate applies."""

    share: Share
    cell: RateCell | None
    amount: Decimal | None


def _on(day: date, spans: Iterable[Coverage]) -> Coverage | None:
    return next((span for span in spans if _covers(span, day)), None)


def _covers(span: Coverage | Held, day: date) -> bool:
    return span.starts_on <= day and (span.ends_before is None or day < span.ends_before)


def paid_level(day: date, held: Iterable[Held], *, provisional: str | None, lapse: str | None) -> str | None:
    """The level that money follows on a covered day: decided, before the first decision, or after one has ended."""
    spans = list(held)
    decided = next((span for span in spans if _covers(span, day)), None)
    if decided:
        return decided.level
    return lapse if any(span.ends_before is not None and span.ends_before <= day for span in spans) else provisional


def shares(
    *,
    month: date,
    first: date,
    end: date,
    document: ContractDocument,
    coverage: Sequence[Coverage],
    held: Sequence[Held],
) -> list[Share]:
    """The shares of one member in one month, of which the days [first, end) lie in the term."""
    days = [first + DAY * number for number in range((end - first).days)]
    covered = [day for day in days if _on(day, coverage)]
    counting = _counting_day(document.settlement.member_month, month, covered)
    if counting is None:
        return []
    place = _on(counting, coverage)
    assert place is not None
    dim = days_in_month(month)
    quantity = Fraction(len(covered), dim) if document.settlement.member_month == "daily" else Fraction(1)
    at = {
        day: paid_level(day, held, provisional=document.provisional_level, lapse=document.lapse_level)
        for day in covered
    }
    chosen: list[tuple[str | None, date, Fraction]]
    if document.settlement.level_change == "snapshot":
        chosen = [(at[counting], counting, quantity)]
    elif document.settlement.level_change == "highest":
        level = _highest(at.values(), {level.code: level.rank for level in document.levels})
        chosen = [(level, min(day for day in covered if at[day] == level), quantity)]
    else:
        chosen = []
        for level in dict.fromkeys(at.values()):
            days_at = [day for day in covered if at[day] == level]
            chosen.append((level, days_at[0], quantity * Fraction(len(days_at), len(covered))))
    return [Share(level, place.cohort, place.geography, day, part) for level, day, part in chosen]


def _counting_day(rule: str, month: date, covered: Sequence[date]) -> date | None:
    fixed = {"first": month, "day_15": month.replace(day=15), "last": month.replace(day=days_in_month(month))}
    if rule in fixed:
        return fixed[rule] if fixed[rule] in covered else None
    return covered[0] if covered else None


def _highest(levels: Iterable[str | None], ranks: Mapping[str, int]) -> str | None:
    known = [level for level in levels if level is not None]
    return max(known, key=lambda level: ranks[level]) if known else None


def winning_cell(cells: Iterable[RateCell], *, level: str, cohort: str, geography: str, day: date) -> RateCell | None:
    """The cell that says most: cohort and geography, then cohort, then geography, then the level alone."""
    matching = [
        cell
        for cell in cells
        if cell.level == level
        and cell.cohort in (None, cohort)
        and cell.geography in (None, geography)
        and cell.covers(day)
    ]
    return max(matching, key=lambda cell: (cell.cohort is not None, cell.geography is not None), default=None)


def priced(share: Share, document: ContractDocument, *, places: int) -> Row:
    """Exact quantity times rate, rounded half-up to `places`."""
    if share.level is None:
        return Row(share, None, None)
    cell = winning_cell(
        document.baseline.rates,
        level=share.level,
        cohort=share.cohort,
        geography=share.geography,
        day=share.rate_day,
    )
    if cell is None:
        return Row(share, None, None)
    exact = Fraction(cell.amount) * share.quantity
    return Row(share, cell, rounded(Decimal(exact.numerator) / Decimal(exact.denominator), places))
