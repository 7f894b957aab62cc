"""Days, months and half-open spans. No clock, no Django."""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 1900, 2199  # of days that people mean: what lies beyond is a slip of the keyboard
MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")  # digits of this alphabet only, and no sign
YEARS = range(1900, 3000)  # with room on both sides: who reads a month or a week looks at those before and after it


def in_our_time(day: date) -> bool:
    """Whether a day or moment is one that somebody can mean."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def next_month(month: date) -> date:
    """The first of the month after the one that `month` lies in."""
    return add_months(first_of_month(month), 1)


def add_months(month: date, count: int) -> date:
    """The first of the month `count` months after (or, negative, before) the month of `month`."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> int:
    """Whole calendar months from `first` to `last`: 0 in the same month, negative when `last` is earlier."""
    return (last.year - first.year) * 12 + last.month - first.month


def each_month(first: date, last: date) -> Iterator[date]:
    """Firsts of month from the month of `first` to the month of `last`, both included."""
    for offset in range(months_between(first, last) + 1):
        yield add_months(first, offset)


def days_in_month(month: date) -> int:
    return monthrange(month.year, month.month)[1]


def parse_month(text: str) -> date:
    """`2026-03` as the first of March 2026. Raises ValueError with a sentence, for far-off years too."""
    try:
        if not MONTH.fullmatch(text) or int(text[:4]) not in YEARS:
            raise ValueError
        return date(int(text[:4]), int(text[5:]), 1)
    except ValueError:
        raise ValueError(f"{text!r} is not a month; write it as YYYY-MM, for example 2026-03.") from None
