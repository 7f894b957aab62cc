"""How a record counts as things stand: facts of the database, judged by the rules that the calculation is held to.

A forecast, not a decision: what a month pays is said when its cycle closes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from baseline.models import Activity
from baseline.queries.authorisation import Asked, Authorisation, in_force
from baseline.queries.terms import governing
from baseline.rules import edits
from baseline.rules.expected import Stretch, expected, stretch_of
from blended_pilot.kernel.money import ZERO
from blended_pilot.kernel.periods import first_of_month, next_month
from contracts.queries.feeds import last_closed
from contracts.queries.terms import SignedTerms, VersionTerms, signed_terms
from contracts.rules.document import Service
from contracts.rules.document.base import Frequency
from eligibility.models import CoverageSpan, LevelSpan
from eligibility.rules.levels import Decided, Origin, Period, care_level, level_in_force

Kind = Literal["baseline", "episodic", "unknown"]
AFTER_ALL = "\U0010ffff"


@dataclass(frozen=True)
class Counted:
    """How one record counts. `code` is the first reason for not being paid, "" where all of it would be.

    A record that waits (`waits`) is judged as it will be once it is verified, and so are all that wait with it; one
    that was sent back uses up nothing, unless it is asked about. `stored` is False for a draft.

    `level` is the one that is paid, `care` the one that expectations follow: it stands when the paid one has lapsed.
    For baseline work `nth` says which delivery of its stretch this is, and `expected` how many there should be; for
    episodic work `units` are those that would be paid, and `price` is that of one of them where there is one price.
    `original` is an earlier record that says the same: of episodic work only that one counts, of baseline work both.
    """

    kind: Kind
    service: Service | None
    terms: VersionTerms | None
    on: date
    enrolled: bool
    level: str | None
    origin: Origin
    care: str | None = None
    code: str = ""
    units: Decimal = ZERO
    price: Decimal | None = None
    original: str = ""
    authorisation: Authorisation | None = None
    bundled_in: Authorisation | None = None
    expected: Frequency | None = None
    stretch: Stretch | None = None
    nth: int = 0
    attempted: bool = False
    waits: bool = False
    stored: bool = True
    sent_back: bool = False
    cycle: date | None = None  # where the record's own month is closed: the cycle that will show the difference


def counted(records: Iterable[Activity]) -> list[Counted]:
    """For saved records and drafts (without a key) alike. The number of queries does not grow with the records."""
    records = list(records)
    facts = _Facts(records)
    return [facts.counted(record) for record in records]


def difference_in(contract_id: int, month: date) -> date | None:
    """The cycle in which a change to a closed service month appears; None where that month is not closed yet."""
    last = last_closed(contract_id)
    return next_month(last) if last is not None and first_of_month(month) <= last else None


Place = tuple[int, int, str]  # contract, member, service


@dataclass(frozen=True)
class _Judged:
    """The records of one member and service, and what becomes of them."""

    works: list[edits.Work]
    pieces: list[edits.Piece]


class _Facts:
    """What the judgement of some records needs, read for all of them at once."""

    def __init__(self, records: Sequence[Activity]) -> None:
        self._terms: dict[int, SignedTerms] = {pk: signed_terms(pk) for pk in {one.contract_id for one in records}}
        self._last_closed = {pk: last_closed(pk) for pk in self._terms}
        self._asked = {id(one) for one in records}
        members = {one.member_id for one in records}
        self._coverage = _spans(CoverageSpan, self._terms, members)
        self._levels = _spans(LevelSpan, self._terms, members, "level")
        self._theirs: dict[Place, list[Activity]] = {}
        for one in (*_siblings(records), *records):  # what was handed in stands for what is stored of it
            self._theirs.setdefault(_place(one), []).append(one)
        self._judged: dict[Place, _Judged] = {}
        everything = [one for theirs in self._theirs.values() for one in theirs]
        self._reversed = set(
            Activity.objects.filter(
                contract__in=self._terms, reverses__in={one.activity_ref for one in everything} - {""}
            ).values_list("contract_id", "reverses")
        )
        self._authorised = in_force(question for one in everything for question in self._questions(one))

    def counted(self, record: Activity) -> Counted:
        terms, service = self._governing(record), self._service(record)
        level, origin = self._level(record)
        shared = Counted(
            kind=service.kind if service else "unknown",
            service=service,
            terms=terms,
            on=record.occurred_on,
            enrolled=self._enrolled(record),
            level=level,
            origin=origin,
            care=self._care(record),
            attempted=record.attempted,
            waits=record.verified_on is None,
            stored=record.pk is not None,
            sent_back=record.rejected_on is not None,
            cycle=self._cycle(record),
        )
        if terms is None or service is None:
            return shared
        return self._episodic(record, shared) if service.episodic else self._baseline(record, shared)

    def _baseline(self, record: Activity, shared: Counted) -> Counted:
        assert shared.terms is not None
        often = expected(shared.terms.document, record.service, shared.care)
        stretch = stretch_of(often.per if often else "month", record.occurred_on)
        delivered = [
            one
            for one in self._theirs[_place(record)]
            if stretch.starts_on <= one.occurred_on < stretch.ends_before and not one.attempted and self._stands(one)
        ]
        before = [one for one in delivered if _order(one) < _order(record)]
        same = None if record.attempted else edits.original_of(self._work(record), map(self._work, delivered))
        return replace(shared, expected=often, stretch=stretch, nth=len(before) + 1, original=same.ref if same else "")

    def _episodic(self, record: Activity, shared: Counted) -> Counted:
        assert shared.service is not None
        judged = self._judgement(_place(record))
        told = [piece for piece in judged.pieces if piece.work.ref == _ref(record)]
        original = next((edits.original_of(piece.work, judged.works) for piece in told), None)
        return replace(
            shared,
            code=next((piece.code for piece in told if piece.code != edits.ACCEPTED), ""),
            units=sum((piece.units for piece in told if piece.code == edits.ACCEPTED), ZERO),
            price=edits.unit_price(shared.service, record.occurred_on),
            original=original.ref if original else "",
            authorisation=self._authorisation(record),
            bundled_in=self._bundled_in(record),
        )

    def _judgement(self, place: Place) -> "_Judged":
        """What becomes of everything at one place, worked out once."""
        if place not in self._judged:
            theirs = [one for one in self._theirs[place] if not one.reverses and self._is_episodic(one)]
            works = [self._work(one) for one in theirs]
            services, before, after = {}, {}, {}
            for one, work in zip(theirs, works, strict=True):
                governing, service = self._governing(one), self._service(one)
                assert governing is not None
                assert service is not None
                services[work.ref] = service
                before[work.ref] = edits.ahead_of_limits(work, works, governing.document)
                after[work.ref] = edits.behind_limits(work, service)
            units = {found.number: found.units for one in theirs if (found := self._authorisation(one)) is not None}
            self._judged[place] = _Judged(works, edits.pieces(works, services, before, after, authorised=units))
        return self._judged[place]

    def _is_episodic(self, one: Activity) -> bool:
        service = self._service(one)
        return service is not None and service.episodic

    def _work(self, one: Activity) -> edits.Work:
        authorisation, bundled_in = self._authorisation(one), self._bundled_in(one)
        level, _origin = self._level(one)
        return edits.Work(
            ref=_ref(one),
            arrival=one.pk if one.pk is not None else 2**63,
            member=str(one.member_id),
            service=one.service,
            on=one.occurred_on,
            at=one.occurred_at,
            units=one.units,
            practitioner=one.practitioner,
            place=one.place,
            amount=one.amount,
            received_on=one.received_on,
            verified=one.verified_on is not None or one.rejected_on is None or id(one) in self._asked,
            attempted=one.attempted,
            criteria_not_met=frozenset(one.criteria_not_met),
            reversed=(one.contract_id, one.activity_ref) in self._reversed,
            enrolled=self._enrolled(one),
            level=level,
            authorisation=authorisation.number if authorisation else "",
            bundled_in=bundled_in.number if bundled_in else "",
        )

    def _governing(self, one: Activity) -> VersionTerms | None:
        return governing(self._terms[one.contract_id], one.occurred_on)

    def _service(self, one: Activity) -> Service | None:
        terms = self._governing(one)
        return terms.document.service(one.service) if terms else None

    def _enrolled(self, one: Activity) -> bool:
        terms = self._governing(one)
        if terms is None or not terms.document.term.from_ <= one.occurred_on <= terms.document.term.to:
            return False
        spans = self._coverage.get((one.contract_id, one.member_id), ())
        return any(Period(*span).holds(one.occurred_on) for span in spans)

    def _decided(self, one: Activity) -> list[Decided]:
        return [Decided(*span) for span in self._levels.get((one.contract_id, one.member_id), ())]

    def _care(self, one: Activity) -> str | None:
        terms = self._governing(one)
        provisional = terms.document.provisional_level if terms else None
        return care_level(one.occurred_on, self._decided(one), provisional=provisional)

    def _level(self, one: Activity) -> tuple[str | None, Origin]:
        terms = self._governing(one)
        return level_in_force(
            one.occurred_on,
            self._decided(one),
            provisional=terms.document.provisional_level if terms else None,
            lapsed=terms.document.lapse_level if terms else None,
        )

    def _stands(self, one: Activity) -> bool:
        return not one.reverses and (one.contract_id, one.activity_ref) not in self._reversed

    def _questions(self, one: Activity) -> Iterable[Asked]:
        service = self._service(one)
        if service is None or not service.episodic or one.reverses:
            return
        asked = [one.service] if service.authorization == "required" else []
        for code in (*asked, *service.bundled_into):
            yield Asked(one.contract_id, one.member_id, code, one.occurred_on)

    def _authorisation(self, one: Activity) -> Authorisation | None:
        service = self._service(one)
        if service is None or service.authorization != "required":
            return None
        return self._authorised.get(Asked(one.contract_id, one.member_id, one.service, one.occurred_on))

    def _bundled_in(self, one: Activity) -> Authorisation | None:
        service = self._service(one)
        asked = (
            Asked(one.contract_id, one.member_id, code, one.occurred_on)
            for code in (service.bundled_into if service else ())
        )
        return next((found for question in asked if (found := self._authorised.get(question))), None)

    def _cycle(self, one: Activity) -> date | None:
        last = self._last_closed[one.contract_id]
        return next_month(last) if last is not None and first_of_month(one.occurred_on) <= last else None


def _place(one: Activity) -> Place:
    return one.contract_id, one.member_id, one.service


def _ref(one: Activity) -> str:
    """A draft takes what its day has left: its turn comes after those that are stored."""
    return one.activity_ref or AFTER_ALL


def _order(one: Activity) -> tuple[date, datetime, int]:
    return one.occurred_on, one.occurred_at or edits.LONG_AGO, one.pk if one.pk is not None else 2**63


def _siblings(records: Sequence[Activity]) -> Iterable[Activity]:
    """Every other record of the same members, services and contracts: it may be an original, or use up a limit."""
    if not records:
        return ()
    others = Activity.objects.exclude(pk__in=[one.pk for one in records if one.pk is not None])
    return others.filter(
        contract__in={one.contract_id for one in records},
        member__in={one.member_id for one in records},
        service__in={one.service for one in records},
    ).defer("details", "present", "criteria_met", "rejection")


def _spans(model: type, contracts: Iterable[int], members: Iterable[int], *more: str) -> Mapping[tuple[int, int], list]:  # type: ignore[type-arg]
    found: dict[tuple[int, int], list[tuple[object, ...]]] = {}
    spans = model._default_manager.filter(contract__in=list(contracts), member__in=list(members))  # type: ignore[attr-defined]
    for contract_id, member_id, *rest in spans.order_by("starts_on").values_list(
        "contract_id", "member_id", "starts_on", "ends_before", *more
    ):
        found.setdefault((contract_id, member_id), []).append(tuple(rest))
    return found
