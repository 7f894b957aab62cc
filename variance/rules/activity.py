"""The edits and prices of delivered work, one record after the other: what the set-based SQL must give.

Plain and slow on purpose. Property tests hold the SQL against it, and `docs/calculations/activity.md` describes it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from blended_pilot.kernel.money import ZERO, rounded
from blended_pilot.kernel.periods import first_of_month
from contracts.rules.document import ContractDocument, Service, TieredPrice

ACCEPTED = "accepted"
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Work:
    """One record of an episodic service. `arrival` grows in order of arrival; `enrolled`: covered, and in the term."""

    ref: str
    arrival: int
    member: str
    service: str
    on: date
    at: datetime | None
    units: Decimal
    practitioner: str
    place: str
    amount: Decimal | None
    received_on: date
    verified: bool
    attempted: bool
    criteria_not_met: frozenset[str]
    reversed: bool
    enrolled: bool
    level: str | None


@dataclass(frozen=True)
class Part:
    """What becomes of a record or of a part of it: units at one unit price (None: as billed)."""

    ref: str
    code: str
    units: Decimal
    rate: Decimal | None
    amount: Decimal


def judge(records: Sequence[Work], document: ContractDocument, *, places: int) -> list[Part]:
    """Every record once, or in a paid and an unpaid part, in turn of date, time and reference."""
    before = {work.ref: _before(work, records, document) for work in records}
    after = {work.ref: _after(work, _service(document, work)) for work in records}
    found: list[Part] = []
    for service in document.services:
        for member in sorted({work.member for work in records}):
            theirs = sorted(
                (work for work in records if work.service == service.code and work.member == member), key=_turn
            )
            found += _member(theirs, service, before, after, places)
    return found


def _service(document: ContractDocument, work: Work) -> Service:
    service = document.service(work.service)
    assert service is not None
    return service


def _turn(work: Work) -> tuple[date, datetime, str]:
    """A record without a time comes before those of the day that have one."""
    return work.on, work.at or LONG_AGO, work.ref


def _before(work: Work, records: Iterable[Work], document: ContractDocument) -> str | None:
    """The first edit that applies ahead of the maxima."""
    service = _service(document, work)
    limit = service.filing_limit_days
    included = any(item.service == work.service and work.level in item.expected for item in document.baseline.package)
    edits: list[tuple[str, bool]] = [
        ("not_enrolled", not work.enrolled),
        ("duplicate", any(_says_the_same(earlier, work) for earlier in records)),
        ("late_filing", limit is not None and work.received_on > work.on + timedelta(days=limit)),
        ("in_baseline_package", included),
        ("no_authorization", service.authorization == "required"),
    ]
    return next((code for code, applies in edits if applies), None)


def _says_the_same(earlier: Work, work: Work) -> bool:
    same = (earlier.member, earlier.service, earlier.on, earlier.units, earlier.practitioner, earlier.place) == (
        work.member, work.service, work.on, work.units, work.practitioner, work.place,
    )  # fmt: skip
    same_time = earlier.at is None or work.at is None or earlier.at == work.at
    return same and same_time and earlier.arrival < work.arrival and not earlier.reversed


def _after(work: Work, service: Service) -> str | None:
    """The first edit that applies behind the maxima."""
    codes = {criterion.code for criterion in service.criteria}
    edits = [
        ("criteria_not_met", work.attempted or bool(codes & work.criteria_not_met)),
        ("unverified", not work.verified),
        ("reversed", work.reversed),
        ("no_price", _has_no_price(work, service)),
    ]
    return next((code for code, applies in edits if applies), None)


def _has_no_price(work: Work, service: Service) -> bool:
    if service.as_billed:
        return work.amount is None
    return service.tiered is None and _unit_price(work, service) is None


def _unit_price(work: Work, service: Service) -> Decimal | None:
    return next((price.amount for price in service.dated_amounts if price.covers(work.on)), None)


def _member(
    theirs: Sequence[Work],
    service: Service,
    before: dict[str, str | None],
    after: dict[str, str | None],
    places: int,
) -> list[Part]:
    """One member's records of one service, walked in turn: clean ones use up the maximum and the tiers of the month."""
    taken: list[tuple[date, Decimal]] = []
    pieces: list[tuple[Work, str, Decimal]] = []
    for work in theirs:
        code = before[work.ref]
        if code:
            pieces.append((work, code, work.units))
            continue
        room = work.units
        if service.maximum:
            start = work.on - timedelta(days=service.maximum.within_days - 1)
            used = sum((units for on, units in taken if on >= start), ZERO)
            room = max(min(work.units, service.maximum.units - used), ZERO)
        unpaid = after[work.ref]
        if unpaid:
            pieces.append((work, unpaid if room > 0 else "maximum_reached", work.units))
            continue
        if room > 0:
            pieces.append((work, ACCEPTED, room))
            taken.append((work.on, room))
        if room < work.units:
            pieces.append((work, "maximum_reached", work.units - room))
    return _by_tier(pieces, service.tiered, places) if service.tiered else _by_unit(pieces, service, places)


def _by_unit(pieces: Iterable[tuple[Work, str, Decimal]], service: Service, places: int) -> list[Part]:
    found = []
    for work, code, units in pieces:
        if service.as_billed:
            ceiling = service.price_ceiling
            billed = work.amount or ZERO
            billed = billed if ceiling is None else min(billed, ceiling * work.units)
            whole = rounded(billed, places)
            share = rounded(billed * units / work.units, places)
            rest = units < work.units and code == "maximum_reached"
            amount = whole - rounded(billed * (work.units - units) / work.units, places) if rest else share
            found.append(Part(work.ref, code, units, None, amount))
        else:
            price = _unit_price(work, service)
            found.append(Part(work.ref, code, units, price, rounded(units * (price or ZERO), places)))
    return found


def _by_tier(pieces: Sequence[tuple[Work, str, Decimal]], price: TieredPrice, places: int) -> list[Part]:
    cut = _marginal if price.mode == "marginal" else _cliff
    monthly = price.per == "month"
    totals: dict[date, Decimal] = {}
    for work, code, units in pieces:
        if code == ACCEPTED:
            month = first_of_month(work.on)
            totals[month] = totals.get(month, ZERO) + units
    so_far: dict[date, Decimal] = {}
    found = []
    for work, code, units in pieces:
        month = first_of_month(work.on)
        start = so_far.get(month, ZERO) if monthly else ZERO
        total = totals.get(month, ZERO) if monthly else ZERO
        reached = total if code == ACCEPTED and monthly else total + units
        by_rate: dict[Decimal, Decimal] = {}
        for rate, part in cut(price, start, units, reached):
            by_rate[rate] = by_rate.get(rate, ZERO) + part
        found += [Part(work.ref, code, part, rate, rounded(part * rate, places)) for rate, part in by_rate.items()]
        if code == ACCEPTED:
            so_far[month] = start + units
    return found


Cut = Callable[[TieredPrice, Decimal, Decimal, Decimal], list[tuple[Decimal, Decimal]]]


def _marginal(price: TieredPrice, start: Decimal, units: Decimal, _reached: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Each unit at the tier that it falls into; a tier's end belongs to it."""
    found, above = [], ZERO
    for tier in price.tiers:
        top = tier.to if tier.to is not None else start + units
        part = min(start + units, top) - max(start, above)
        if part > 0:
            found.append((tier.amount, part))
        above = top
    return found


def _cliff(price: TieredPrice, _start: Decimal, units: Decimal, reached: Decimal) -> list[tuple[Decimal, Decimal]]:
    """Every unit at the tier that the total reaches."""
    tier = next(tier for tier in price.tiers if tier.to is None or reached <= tier.to)
    return [(tier.amount, units)]
