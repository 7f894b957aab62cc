"""When a decision is due. The clock starts at receipt; nothing here reads one.

A day clock counts days after the day of receipt, which is day 0, and ends at the end of its last day: with the basis
`business` weekends and public holidays do not count. An hour clock runs in elapsed time, also across weekends and
changes of daylight saving. All days are days in the contract's timezone. Worked through in docs/calculations/clocks.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

import holidays

from blended_pilot.kernel.periods import DAY

SATURDAY = 5
INSTANT = timedelta(microseconds=1)  # the finest that the database keeps
Effect = Literal["extend", "pause", "none"]


class NoSuchLocalTime(ValueError):
    """A local time that a change of the clocks leaves out."""


@dataclass(frozen=True)
class Clock:
    """So many `days` by a `basis` (calendar, business), or so many elapsed `hours`."""

    days: int | None = None
    hours: int | None = None
    basis: str = "calendar"


@lru_cache(maxsize=64)
def _public_holidays(country: str, subdivision: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision or None)


@dataclass(frozen=True)
class Calendar:
    """Which days count. Without a country every weekday is a business day, less `extra`."""

    zone: ZoneInfo
    country: str = ""
    subdivision: str = ""
    extra: frozenset[date] = frozenset()

    def day_of(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()

    def is_business(self, day: date) -> bool:
        if day.weekday() >= SATURDAY or day in self.extra:
            return False
        return not self.country or day not in _public_holidays(self.country, self.subdivision)

    def end_of(self, day: date) -> datetime:
        """The last instant of a day, whatever happens to the clocks at midnight."""
        # a midnight that is skipped is read with the offset before it, which is the instant at which the day begins
        following = datetime.combine(day + DAY, time(), self.zone)
        return (following.astimezone(UTC) - INSTANT).astimezone(self.zone)


@dataclass(frozen=True)
class Pause:
    """A question that stopped the clock. A day clock skips every day of it, the first and the last included."""

    asked_at: datetime
    answered_at: datetime


@dataclass(frozen=True)
class Due:
    """`at` is the last moment in time; `steps` is the working: what moved the time, and to which."""

    at: datetime
    steps: tuple[tuple[str, str], ...] = field(default=())


def local(moment: datetime, zone: ZoneInfo) -> datetime:
    """A local time as an instant: of one that occurs twice the first, one that does not exist is rejected.

    A moment that carries its offset is taken as it is. Raises NoSuchLocalTime.
    """
    if moment.tzinfo is not None:
        return moment.astimezone(zone)
    first = moment.replace(tzinfo=zone, fold=0)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise NoSuchLocalTime(f"{moment:%Y-%m-%d %H:%M} does not exist in {zone.key}: the clocks go forward then.")
    return first


def due(clock: Clock, received_at: datetime, calendar: Calendar, *, pauses: Sequence[Pause] = ()) -> Due:
    """When the decision is due, with the stretches in which the clock stood left out.

    A pause that begins after the due time changes nothing: what is late is late.
    """
    at = _counted(clock, received_at, calendar, ())
    steps = [("received", _iso(received_at, calendar)), (_name(clock), at.isoformat())]
    kept: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.asked_at):
        if pause.asked_at > at:
            continue
        kept.append(pause)
        at = _counted(clock, received_at, calendar, kept)
        steps.append(("pause", at.isoformat()))
    return Due(at, tuple(steps))


def extended(due_at: datetime, days: int, clock: Clock, calendar: Calendar) -> datetime:
    """The due time moved by `days` calendar days: a day clock to the end of that day, an hour clock by elapsed days."""
    if clock.hours is not None:
        return (due_at.astimezone(UTC) + days * DAY).astimezone(calendar.zone)
    return calendar.end_of(calendar.day_of(due_at) + days * DAY)


def moment_of(
    percent: int, *, received_at: datetime, first_due_at: datetime, due_at: datetime, effect: str
) -> datetime:
    """When so many percent of the clock are used; 100 is the due time. Counts as `used_percent` does."""
    stood = _elapsed(first_due_at, due_at) if effect == "pause" else timedelta(0)
    total = max(_elapsed(received_at, due_at) - stood, timedelta(0))
    return received_at.astimezone(UTC) + stood + total * percent / 100


def used_percent(*, received_at: datetime, first_due_at: datetime, due_at: datetime, effect: str, now: datetime) -> int:
    """How much of the clock is used, in whole percent rounded down; over 100 once it is late.

    Time that the clock stood (`due_at` less `first_due_at`, where questions pause) is no time of the clock.
    """
    stood = _elapsed(first_due_at, due_at) if effect == "pause" else timedelta(0)
    total = _elapsed(received_at, due_at) - stood
    if total <= timedelta(0):
        return 100 if _elapsed(due_at, now) >= timedelta(0) else 0
    return max(0, 100 * (_elapsed(received_at, now) - stood) // total)


def warnings_due(percents: Iterable[int], warned: Iterable[int], used: int) -> list[int]:
    """The percents of the terms that are reached and were not warned of, in rising order."""
    done = set(warned)
    return sorted(percent for percent in percents if percent <= used and percent not in done)


def _elapsed(since: datetime, until: datetime) -> timedelta:
    # two moments of one zone are subtracted on its wall, where a change of the clocks adds or takes an hour
    return until.astimezone(UTC) - since.astimezone(UTC)


def _counted(clock: Clock, received_at: datetime, calendar: Calendar, pauses: Sequence[Pause]) -> datetime:
    if clock.hours is not None:
        stood = sum((_elapsed(pause.asked_at, pause.answered_at) for pause in pauses), timedelta(0))
        return (received_at.astimezone(UTC) + timedelta(hours=clock.hours) + stood).astimezone(calendar.zone)
    day, left = calendar.day_of(received_at), clock.days or 0
    skipped = [(calendar.day_of(pause.asked_at), calendar.day_of(pause.answered_at)) for pause in pauses]
    while left:
        day += DAY
        counts = clock.basis != "business" or calendar.is_business(day)
        if counts and not any(first <= day <= last for first, last in skipped):
            left -= 1
    return calendar.end_of(day)


def _name(clock: Clock) -> str:
    return f"{clock.hours} hours" if clock.hours is not None else f"{clock.days} {clock.basis} days"


def _iso(moment: datetime, calendar: Calendar) -> str:
    return moment.astimezone(calendar.zone).isoformat()
