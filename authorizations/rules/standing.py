"""Arithmetic of the standing figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from blended_pilot.kernel.intervals import Share
from blended_pilot.kernel.periods import days_in_month

#: A level that begins on the counting day or at most this many days before it earns a month for a few days.
DAYS_BEFORE = 3


def counting_day(rule: str, on: date) -> date | None:
    """The counting day of the month of `on`; None for a rule that has no single day."""
    days = {"first": 1, "day_15": 15, "last": days_in_month(on)}
    return on.replace(day=days[rule]) if rule in days else None


@dataclass(frozen=True)
class Bunching:
    """Upgrades that begin on the counting day or in the three days before it, and what chance would give."""

    share: Share
    by_chance: float

    @property
    def suspicious(self) -> bool:
        """Whether even the low end of the interval lies above what chance gives."""
        return self.share.low is not None and self.share.low > self.by_chance


def bunching(starts: Mapping[tuple[date, date | None], int]) -> Bunching:
    """`starts` says how many begin by (first day, counting day of its month); those of months without one are left out.

    A counting day early in the month is approached from the month before: the distance is taken to it there.
    """
    near = everything = 0
    for (start, day), number in starts.items():
        if day is not None:
            everything += number
            near += number if _days_until(start, day) <= DAYS_BEFORE else 0
    return Bunching(Share(near, everything), (DAYS_BEFORE + 1) * 12 / 365.25)


def _days_until(start: date, day: date) -> int:
    """Days from `start` to the next counting day: this month's, or after it next month's."""
    if start <= day:
        return (day - start).days
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return (following.replace(day=min(day.day, days_in_month(following))) - start).days
