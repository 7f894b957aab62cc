"""Weeks of review: from Monday to Sunday, each belonging to the month in which its Sunday lies."""

from datetime import date, timedelta

from blended_pilot.kernel.periods import YEARS

WEEK = timedelta(days=7)


def parse_week(text: str) -> date:
    """The Monday that `2026-03-02` names. Raises ValueError for a day that begins no week, and for far-off years."""
    day = date.fromisoformat(text)
    if day.weekday() or day.year not in YEARS:
        raise ValueError(text)
    return day


def monday_of(day: date) -> date:
    """The Monday of the week that holds `day`."""
    return day - timedelta(days=day.weekday())


def month_of(monday: date) -> date:
    """The first of the month to which the week belongs: the one of its Sunday."""
    return (monday + timedelta(days=6)).replace(day=1)


def first_week(month: date) -> date:
    """The Monday of the first week that belongs to the month (given as its first)."""
    return monday_of(month)


def has_ended(monday: date, today: date) -> bool:
    return monday + WEEK <= today
