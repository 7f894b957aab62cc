"""Over which days the package is looked at, and how much of it is expected for a day of cover."""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from contracts.rules.document.base import Every
from contracts.rules.document.baseline import PackageItem

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True)
class Expectation:
    """`times` contacts of `service` in the window for a member at `level` on every day of it; a day is its share."""

    service: str
    level: str
    times: int
    window_from: date
    window_days: int


def window_from(per: Every, before: date) -> date:
    """The first day of the period of this length that ends before `before`: a week, or whole months back.

    A month back from a day that the month does not have is its last day.
    """
    if per == "week":
        return before - timedelta(days=7)
    index = before.year * 12 + before.month - 1 - MONTHS[per]
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(before.day, monthrange(year, month)[1]))


def expectations(package: Iterable[PackageItem], before: date) -> Iterator[Expectation]:
    """What a package expects over the windows that end before `before`."""
    for item in package:
        for level, often in item.expected.items():
            start = window_from(often.per, before)
            yield Expectation(item.service, level, often.count, start, (before - start).days)
