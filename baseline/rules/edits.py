"""The edits that a record of episodic work passes before it is paid: plain values in, the first code that applies out.

One truth for two readers: the plain calculation that the set-based SQL is held against, and the sentence that a person
reads while recording. Codes stand in the order in which they are asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from blended_pilot.kernel.money import ZERO
from contracts.rules.document import ContractDocument, Service

CODES = (
    "not_enrolled",
    "duplicate",
    "late_filing",
    "in_baseline_package",
    "bundled",
    "no_authorization",
    "units_exceeded",
    "maximum_reached",
    "criteria_not_met",
    "unverified",
    "reversed",
    "no_price",
)
ACCEPTED = "accepted"
LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Work:
    """One record of an episodic service. `arrival` grows in order of arrival; `enrolled`: covered, and in the term.

    `authorisation` names what it draws on, `bundled_in` the open episode that pays for it; "" where there is none.
    """

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
    authorisation: str = ""
    bundled_in: str = ""


@dataclass(frozen=True)
class Piece:
    """Units of one record under one code."""

    work: Work
    code: str
    units: Decimal


def turn(work: Work) -> tuple[date, datetime, str]:
    """The order in which records use up what is limited: one without a time comes before those of the day that have
    one."""
    return work.on, work.at or LONG_AGO, work.ref


def original_of(work: Work, records: Iterable[Work]) -> Work | None:
    """The first earlier record that says the same; a reversed one is no original."""
    same = [earlier for earlier in records if _says_the_same(earlier, work)]
    return min(same, key=lambda earlier: earlier.arrival, default=None)


def _says_the_same(earlier: Work, work: Work) -> bool:
    same = (earlier.member, earlier.service, earlier.on, earlier.units, earlier.practitioner, earlier.place) == (
        work.member, work.service, work.on, work.units, work.practitioner, work.place,
    )  # fmt: skip
    same_time = earlier.at is None or work.at is None or earlier.at == work.at
    return same and same_time and earlier.arrival < work.arrival and not earlier.reversed


def in_package(document: ContractDocument, service: str, level: str | None) -> bool:
    """Whether the package includes the service at the level."""
    return any(item.service == service and level in item.expected for item in document.baseline.package)


def last_day_to_file(service: Service, on: date) -> date | None:
    """The last day on which a record of `on` may arrive; None where the contract sets no limit."""
    limit = service.filing_limit_days
    return None if limit is None else on + timedelta(days=limit)


def ahead_of_limits(work: Work, records: Iterable[Work], document: ContractDocument) -> str | None:
    """The first edit that applies ahead of authorised units and maxima. `document` governs the service date."""
    service = declared(document, work.service)
    last_day = last_day_to_file(service, work.on)
    edits: list[tuple[str, bool]] = [
        ("not_enrolled", not work.enrolled),
        ("duplicate", original_of(work, records) is not None),
        ("late_filing", last_day is not None and work.received_on > last_day),
        ("in_baseline_package", in_package(document, work.service, work.level)),
        ("bundled", bool(work.bundled_in)),
        ("no_authorization", service.authorization == "required" and not work.authorisation),
    ]
    return next((code for code, applies in edits if applies), None)


def behind_limits(work: Work, service: Service) -> str | None:
    """The first edit that applies behind authorised units and maxima."""
    codes = {criterion.code for criterion in service.criteria}
    edits = [
        ("criteria_not_met", work.attempted or bool(codes & work.criteria_not_met)),
        ("unverified", not work.verified),
        ("reversed", work.reversed),
        ("no_price", has_no_price(work, service)),
    ]
    return next((code for code, applies in edits if applies), None)


def has_no_price(work: Work, service: Service) -> bool:
    if service.as_billed:
        return work.amount is None
    return service.tiered is None and unit_price(service, work.on) is None


def unit_price(service: Service, on: date) -> Decimal | None:
    """The price of one unit on a day, where the contract lists one; None for tiers and as billed."""
    return next((price.amount for price in service.dated_amounts if price.covers(on)), None)


def declared(document: ContractDocument, code: str) -> Service:
    """KeyError for a service that the document does not declare."""
    service = document.service(code)
    if service is None:
        raise KeyError(code)
    return service


@dataclass
class _Room:
    """What is left of a maximum and of authorised units as one member's records of a service are walked in turn."""

    authorised: dict[str, Decimal]
    taken: list[tuple[date, Decimal]]

    def units(self, work: Work) -> Decimal:
        return self.authorised.get(work.authorisation, work.units)

    def days(self, work: Work, service: Service) -> Decimal:
        if service.maximum is None:
            return work.units
        start = work.on - timedelta(days=service.maximum.within_days - 1)
        return service.maximum.units - sum((units for on, units in self.taken if on >= start), ZERO)

    def take(self, work: Work, units: Decimal) -> None:
        self.taken.append((work.on, units))
        if work.authorisation in self.authorised:
            self.authorised[work.authorisation] -= units


def pieces(
    theirs: Sequence[Work],
    services: Mapping[str, Service],
    before: Mapping[str, str | None],
    after: Mapping[str, str | None],
    *,
    authorised: Mapping[str, Decimal] | None = None,
) -> list[Piece]:
    """What becomes of one member's records of one service, walked in turn; only clean ones use up what is limited.

    `services`, `before` and `after` are by reference: the service as the terms of the record's day declare it, and the
    first edit on either side of the limits. `authorised` are units by authorisation.
    """
    room = _Room(dict(authorised or {}), [])
    found: list[Piece] = []
    for work in sorted(theirs, key=turn):
        code = before[work.ref]
        if code:
            found.append(Piece(work, code, work.units))
            continue
        authorised_left, maximum_left = room.units(work), room.days(work, services[work.ref])
        fits = max(min(work.units, authorised_left, maximum_left), ZERO)
        # units that nothing was authorised for come before units beyond the maximum
        exceeded = authorised_left < work.units if fits else authorised_left <= 0
        full = "units_exceeded" if exceeded else "maximum_reached"
        unpaid = after[work.ref]
        if unpaid:
            found.append(Piece(work, unpaid if fits > 0 else full, work.units))
            continue
        if fits > 0:
            found.append(Piece(work, ACCEPTED, fits))
            room.take(work, fits)
        if fits < work.units:
            found.append(Piece(work, full, work.units - fits))
    return found
