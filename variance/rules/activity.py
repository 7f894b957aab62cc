"""The prices of delivered work that passed the edits, one record after the other: what the set-based SQL must give.

Plain and slow on purpose. Property tests hold the SQL against it, and `docs/calculations/activity.md` describes it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from baseline.rules.edits import ACCEPTED, Work, ahead_of_limits, behind_limits, declared, pieces, unit_price
from blended_pilot.kernel.money import ZERO, rounded
from blended_pilot.kernel.periods import first_of_month
from contracts.rules.document import ContractDocument, Service, TieredPrice


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
    services = {work.ref: declared(document, work.service) for work in records}
    before = {work.ref: ahead_of_limits(work, records, document) for work in records}
    after = {work.ref: behind_limits(work, services[work.ref]) for work in records}
    found: list[Part] = []
    for service in document.services:
        for member in sorted({work.member for work in records}):
            theirs = [work for work in records if work.service == service.code and work.member == member]
            walked = [(piece.work, piece.code, piece.units) for piece in pieces(theirs, services, before, after)]
            found += _by_tier(walked, service.tiered, places) if service.tiered else _by_unit(walked, service, places)
    return found


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
            price = unit_price(service, work.on)
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
