"""How often baseline work is expected, and in which stretch of the calendar a record of it falls."""

from dataclasses import dataclass
from datetime import date, timedelta

from blended_pilot.kernel.periods import add_months, first_of_month
from contracts.rules.document import ContractDocument
from contracts.rules.document.base import Every, Frequency

MONTHS: dict[Every, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}


@dataclass(frozen=True)
class Stretch:
    """[starts_on, ends_before): a calendar week (from Monday), month, quarter, half-year or year."""

    starts_on: date
    ends_before: date


def stretch_of(per: Every, day: date) -> Stretch:
    """The stretch that holds the day."""
    if per == "week":
        monday = day - timedelta(days=day.weekday())
        return Stretch(monday, monday + timedelta(days=7))
    months = MONTHS[per]
    first = first_of_month(day).replace(month=(day.month - 1) // months * months + 1)
    return Stretch(first, add_months(first, months))


def expected(document: ContractDocument, service: str, level: str | None) -> Frequency | None:
    """How often the package expects the service at the level; None where it does not include it."""
    for item in document.baseline.package:
        if item.service == service and level in item.expected:
            return item.expected[level] if level else None
    return None
