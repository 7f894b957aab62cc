"""The prices of delivered work that passed the edits, one record after the other: what the set-based SQL must give.

Plain and slow on purpose. Property tests hold the SQL against it, and `docs/calculations/activity.md` describes it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from baseline.rules.edits import ACCEPTED, Work, ahead_of_limits, behind_limits, declared, pieces, unit_price
from blended_pilot.kernel.money import ZERO, rounded
from blended_pilot.kernel.periods import first_of_month
from contracts.rules.document import ContractDocument, Service, TieredPrice


@dataclass(frozen=True)
class Authorised:
    """An episode: up to `units` of a service in [starts_on, ends_before), which an early end has cut already."""

    ref: str
    member: str
    service: str
    units: Decimal
    starts_on: date
    ends_before: date

    def holds(self, work: Work) -> bool:
        return work.member == self.member and self.starts_on <= work.on < self.ends_before


@dataclass(frozen=True)
class Part:
    """What becomes of a record or of a part of it: units at one unit price (None: as billed)."""

    ref: str
    code: str
    units: Decimal
    rate: Decimal | None
    amount: Decimal


def judge(
    records: Sequence[Work], document: ContractDocument, *, places: int, episodes: Sequence[Authorised] = ()
) -> list[Part]:
    """Every record once, or in a paid and an unpaid part, in turn of date, time and reference.

    Episodes of one service do not overlap. One version prices everything, so that an episode's list is its own.
    """
    records = [_drawing_on(work, declared(document, work.service), episodes) for work in records]
    authorised = {episode.ref: episode.units for episode in episodes}
    services = {work.ref: declared(document, work.service) for work in records}
    before = {work.ref: ahead_of_limits(work, records, document) for work in records}
    after = {work.ref: behind_limits(work, services[work.ref]) for work in records}
    found: list[Part] = []
    for service in document.services:
        for member in sorted({work.member for work in records}):
            theirs = [work for work in records if work.service == service.code and work.member == member]
            walked = [
                (piece.work, piece.code, piece.units)
                for piece in pieces(theirs, services, before, after, authorised=authorised)
            ]
            found += _by_tier(walked, service.tiered, places) if service.tiered else _by_unit(walked, service, places)
    return found


def _drawing_on(work: Work, service: Service, episodes: Iterable[Authorised]) -> Work:
    """The record with the episode that it draws on, where its service needs one, and the one that pays for it."""
    there = [episode for episode in episodes if episode.holds(work)]
    own = (each.ref for each in there if service.authorization == "required" and each.service == work.service)
    other = (each.ref for each in there if each.service in service.bundled_into)
    return replace(work, authorisation=next(own, ""), bundled_in=next(other, ""))


def _by_unit(pieces: Iterable[tuple[Work, str, Decimal]], service: Service, places: int) -> list[Part]:
    found = []
    for work, code, units in pieces:
        if service.as_billed:
            ceiling = service.price_ceiling
            billed = work.amount or ZERO
            billed = billed if ceiling is None else min(billed, ceiling * work.units)
            whole = rounded(billed, places)
            share = rounded(billed * units / work.units, places)
            rest = units < work.units and code in {"units_exceeded", "maximum_reached"}
            amount = whole - rounded(billed * (work.units - units) / work.units, places) if rest else share
            found.append(Part(work.ref, code, units, None, amount))
        else:
            price = unit_price(service, work.on)
            found.append(Part(work.ref, code, units, price, rounded(units * (price or ZERO), places)))
    return found


def _by_tier(pieces: Sequence[tuple[Work, str, Decimal]], price: TieredPrice, places: int) -> list[Part]:
    """Units count within the member's service month, or within the episode across months."""
    cut = _marginal if price.mode == "marginal" else _cliff

    def counted_in(work: Work) -> date | str:
        return first_of_month(work.on) if price.per == "month" else work.authorisation

    totals: dict[date | str, Decimal] = {}
    for work, code, units in pieces:
        if code == ACCEPTED:
            totals[counted_in(work)] = totals.get(counted_in(work), ZERO) + units
    so_far: dict[date | str, Decimal] = {}
    found = []
    for work, code, units in pieces:
        start, total = so_far.get(counted_in(work), ZERO), totals.get(counted_in(work), ZERO)
        reached = total if code == ACCEPTED else total + units
        by_rate: dict[Decimal, Decimal] = {}
        for rate, part in cut(price, start, units, reached):
            by_rate[rate] = by_rate.get(rate, ZERO) + part
        found += [Part(work.ref, code, part, rate, rounded(part * rate, places)) for rate, part in by_rate.items()]
        if code == ACCEPTED:
            so_far[counted_in(work)] = start + units
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
