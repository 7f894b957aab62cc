"""Delivered work of one member: planned contacts of the package, unplanned ones, crisis visits, billed and costed work.

Rates follow the package in the contract. They vary with the season, the level and the team; some work is reported
late, verified late, corrected, reversed or reported twice, as it is everywhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from blended_pilot.demo.levels import Decision, level_on
from blended_pilot.demo.lives import Person
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.stays import SERVICE, Stay, stay_of
from blended_pilot.demo.story import Story

# contacts a month by level: what the package of the contract expects
PACKAGE = {
    "outreach": {"L1": 1, "L2": 2, "L3": 4, "L4": 8},
    "care_plan": {"L1": 1 / 6, "L2": 1 / 3, "L3": 1, "L4": 1},
    "monitor": {"L1": 1 / 3, "L2": 1, "L3": 2, "L4": 4},
    "coordinate": {"L3": 1, "L4": 2},
    "benefits": {"L1": 1 / 6},
}
DELIVERED = 0.94  # of what the package expects
SEASON_OF_WORK = {8: 0.90, 12: 0.86}
SEASON_OF_NEED = {1: 1.30, 2: 1.20, 3: 1.05, 7: 0.85, 8: 0.85, 11: 1.10, 12: 1.20}
NEED = {"L1": 0.5, "L2": 1.0, "L3": 2.0, "L4": 3.2}
UNPLANNED, CRISIS, SPECIALIST, INPATIENT = 0.065, 0.022, 0.016, 0.006  # a covered month at need 1
OFTEN_IN_CRISIS = 0.02  # of members
ERODING_TEAM, ERODES_FROM, EROSION = "south", 8, 0.012  # baseline work of one team slips month by month
RECENT_DAYS = 50  # work so young often waits for its verification still
PLACES = ("home", "clinic", "phone", "community")
OUTCOMES = ("as planned", "as planned", "as planned", "plan changed", "referred on", "follow-up agreed")
MINUTES = {"outreach": 30, "care_plan": 60, "monitor": 20, "coordinate": 25, "benefits": 45}


@dataclass(frozen=True, slots=True)
class Work:
    """A version of one record, as files carry it, and the day the source system had it."""

    known_on: date
    first_known_on: date
    activity_ref: str
    member_ref: str
    service: str
    occurred_on: date
    time: str  # HH:MM, or "" where only the day is known
    units: int
    planned: bool
    practitioner: str
    place: str
    outcome: str
    minutes: int
    attempted: bool
    criteria_not_met: str
    amount: Decimal | None
    verified_on: date | None
    verified_by: str
    reverses: str


RECORDS_OF_ONE = 100_000  # more than one member ever has
SCATTER = 0x9E3779B97F4B  # odd, so that no two numbers below 2**48 meet


class Recorder:
    """Writes one member's records with their later versions, numbering them as it goes."""

    def __init__(self, story: Story, provider: Provider, member: Person, chance: Random) -> None:
        self._story, self._provider, self._member, self.chance = story, provider, member, chance
        self._serial = 0

    def _reference(self) -> str:
        self._serial += 1
        # Scattered, one to one: a record's reference, which a commissioner reads too, gives no member away.
        number = (self._member.index * RECORDS_OF_ONE + self._serial) * SCATTER % 2**48
        return f"{self._provider.member_prefix}-{number:012x}"

    def practitioner(self, geography: str) -> str:
        """Usually the member's own lead in the team of the place, else a colleague."""
        if self.chance.random() < 0.85:
            return self._provider.lead(geography, self._member.index)
        place = self._provider.place(geography)
        return self._provider.practitioner(place, self.chance.randrange(self._provider.practitioners(place)))

    def _known(self, service: str, occurred_on: date) -> date:
        draw = self.chance.random()
        if draw < (0.002 if service in MINUTES else 0.014):
            return occurred_on + timedelta(days=self.chance.randint(68, 95))
        if draw < 0.03:
            return occurred_on + timedelta(days=self.chance.randint(15, 32))
        return occurred_on + timedelta(days=self.chance.randint(0, 2))

    def record(
        self,
        service: str,
        occurred_on: date,
        geography: str,
        *,
        time: str = "",
        units: int = 1,
        planned: bool = True,
        attempted: bool = False,
        criteria_not_met: str = "",
        amount: Decimal | None = None,
    ) -> Iterator[Work]:
        """The record as first reported, then verified, corrected, reversed or reported again as chance has it."""
        chance = self.chance
        known_on = self._known(service, occurred_on)
        sent_on = self._story.reported_on(self._story.batch(known_on))
        verified_on = min(occurred_on + timedelta(days=chance.randint(1, 6)), sent_on)
        recent = (self._story.today - occurred_on).days < RECENT_DAYS
        waits = chance.random() < (0.03 if service in MINUTES else 0.25 if recent else 0.07)
        first = Work(
            known_on=known_on,
            first_known_on=known_on,
            activity_ref=self._reference(),
            member_ref=self._member.reference,
            service=service,
            occurred_on=occurred_on,
            time=time,
            units=units,
            planned=planned,
            practitioner=self.practitioner(geography),
            place=chance.choice(PLACES) if service in MINUTES else "hospital" if service == "inpatient_day" else "home",
            outcome="no answer" if attempted else chance.choice(OUTCOMES),
            minutes=MINUTES.get(service, 50) + 5 * chance.randint(-2, 4),
            attempted=attempted,
            criteria_not_met=criteria_not_met,
            amount=amount,
            verified_on=None if waits else verified_on,
            verified_by="" if waits else chance.choice(self._provider.verifiers),
            reverses="",
        )
        yield first
        if waits:
            yield self._verified(first, known_on + timedelta(days=chance.randint(20, 50)))
        elif service not in MINUTES:
            yield from self._second_thoughts(first)

    def _verified(self, work: Work, day: date) -> Work:
        return replace(work, known_on=day, verified_on=day, verified_by=self.chance.choice(self._provider.verifiers))

    def _second_thoughts(self, work: Work) -> Iterator[Work]:
        """Paid work only: a duplicate under another reference, a corrected date or amount, or a reversal."""
        draw = self.chance.random()
        later = work.known_on + timedelta(days=self.chance.randint(20, 60))
        if draw < 0.02:
            reference = self._reference()
            again = work.known_on + timedelta(days=self.chance.randint(1, 25))
            yield replace(work, activity_ref=reference, known_on=again, first_known_on=again)
        elif draw < 0.035:
            yield self._verified(replace(work, occurred_on=work.occurred_on - timedelta(days=1)), later)
        elif draw < 0.05 and work.amount is not None:
            yield self._verified(replace(work, amount=work.amount - 25), later)
        elif draw < 0.065:
            reference = self._reference()
            yield replace(
                work,
                activity_ref=reference,
                known_on=later,
                first_known_on=later,
                verified_on=later,
                reverses=work.activity_ref,
            )


@dataclass(frozen=True, slots=True)
class Stretch:
    """A member's covered days of one month in one place, both ends included."""

    number: int  # of the service month
    first: date
    last: date
    geography: str
    level: str  # on its middle day
    chance: Random

    @property
    def share(self) -> float:
        """Of a month."""
        return ((self.last - self.first).days + 1) / 30.4

    @property
    def busy(self) -> float:
        """Need at this level in this season, for this share of a month; 1 is a winter-less month at L2."""
        return self.share * NEED[self.level] * SEASON_OF_NEED.get(self.first.month, 0.95)

    def any_day(self) -> date:
        return self.first + timedelta(days=int(self.chance.random() * ((self.last - self.first).days + 1)))

    def working_day(self) -> date:
        """A weekday, where a few draws find one."""
        day = self.any_day()
        for _ in range(3):
            if day.weekday() < 5:
                break
            day = self.any_day()
        return day

    def clock(self) -> str:
        return f"{self.chance.randint(7, 22):02d}:{5 * self.chance.randint(0, 11):02d}"

    def times(self, expected: float) -> int:
        """How often something happens that is expected `expected` times (below 1: at most twice)."""
        whole = int(expected)
        again = expected < 1 and self.chance.random() < expected * 0.12
        return whole + (self.chance.random() < expected - whole) + again


def work(story: Story, provider: Provider, member: Person, decisions: tuple[Decision, ...]) -> Iterator[Work]:
    """Every version of every record of one member, month by month."""
    chance = story.chance(provider.code, "work", member.index)
    recorder = Recorder(story, provider, member, chance)
    need = 7.0 if chance.random() < OFTEN_IN_CRISIS else 1.0
    for number in range(story.months + 1):
        month, following = story.month(number), min(story.month(number + 1), story.today)
        for cover in member.covered:
            first = max(month, cover.starts_on)
            last = min(following, cover.ends_before or following) - timedelta(days=1)
            if first > last:
                continue
            level = level_on(decisions, first + (last - first) / 2)
            stretch = Stretch(number, first, last, cover.geography, level, chance)
            yield from _package(recorder, stretch)
            yield from _unplanned(recorder, stretch, need)
            if provider.larger:
                yield from _billed(recorder, stretch)
        yield from _storm(recorder, member, number, month)
    yield from _after_the_end(recorder, story, member)
    yield from _stay(recorder, story, stay_of(story, provider, member))


def _package(recorder: Recorder, stretch: Stretch) -> Iterator[Work]:
    delivered = DELIVERED * SEASON_OF_WORK.get(stretch.first.month, 1.0)
    if stretch.geography == ERODING_TEAM:
        delivered *= 1 - EROSION * max(0, stretch.number - ERODES_FROM)
    for service, expected in PACKAGE.items():
        for _ in range(stretch.times(expected.get(stretch.level, 0) * stretch.share * delivered)):
            attempted = service == "outreach" and stretch.chance.random() < 0.07
            yield from recorder.record(service, stretch.working_day(), stretch.geography, attempted=attempted)


def _unplanned(recorder: Recorder, stretch: Stretch, need: float) -> Iterator[Work]:
    chance, geography = stretch.chance, stretch.geography
    for _ in range(stretch.times(UNPLANNED * stretch.busy)):
        service = "monitor" if chance.random() < 0.4 else "outreach"
        yield from recorder.record(service, stretch.any_day(), geography, time=stretch.clock(), planned=False)
    for _ in range(stretch.times(CRISIS * stretch.busy * need)):
        missing = chance.choice(("acute", "same_day")) if chance.random() < 0.06 else ""
        yield from recorder.record(
            "crisis_visit",
            stretch.any_day(),
            geography,
            time=stretch.clock(),
            planned=False,
            criteria_not_met=missing,
        )


def _billed(recorder: Recorder, stretch: Stretch) -> Iterator[Work]:
    chance, geography = stretch.chance, stretch.geography
    for _ in range(stretch.times(SPECIALIST * stretch.busy)):
        day = stretch.working_day()
        for session in range(chance.randint(1, 4)):
            billed = Decimal(chance.randint(2_600, 9_400) * 5) / 100 if chance.random() < 0.985 else None
            held_on = day + timedelta(days=7 * session)
            if held_on > stretch.last:
                break
            yield from recorder.record("specialist", held_on, geography, amount=billed)
    for _ in range(stretch.times(INPATIENT * stretch.busy)):
        stay = chance.choice((1, 2, 2, 3, 3, 4, 5, 7, 11))
        cost = stay * Decimal(chance.randint(90_000, 210_000)) / 100
        yield from recorder.record(
            "inpatient_day", stretch.any_day(), geography, units=stay, planned=False, amount=cost
        )


def _storm(recorder: Recorder, member: Person, number: int, month: date) -> Iterator[Work]:
    """One member in four hundred has a month with more crisis visits than the contract's maximum."""
    cover = member.covered[-1]
    if member.index % 400 != 7 or number != 6 + member.index % 9:
        return
    if cover.starts_on > month or (cover.ends_before and cover.ends_before < month + timedelta(days=28)):
        return
    for visit in range(9):
        yield from recorder.record(
            "crisis_visit", month + timedelta(days=3 * visit), cover.geography, time="18:30", planned=False
        )


def _after_the_end(recorder: Recorder, story: Story, member: Person) -> Iterator[Work]:
    """Some who have left still turn up in crisis: delivered, and not enrolled."""
    last = member.covered[-1]
    if last.ends_before and recorder.chance.random() < 0.12:
        day = last.ends_before + timedelta(days=recorder.chance.randint(1, 20))
        if day < story.today:
            yield from recorder.record("crisis_visit", day, last.geography, time="21:15", planned=False)


def _stay(recorder: Recorder, story: Story, stay: Stay | None) -> Iterator[Work]:
    """The days of a package that have come by now."""
    if stay is None:
        return
    for number in stay.package.days:
        if stay.day(number) < story.today:
            yield from recorder.record(SERVICE, stay.day(number), stay.geography)
