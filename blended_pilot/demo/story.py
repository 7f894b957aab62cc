"""The frame of the story: when it starts, when things happen, how much of everything. No clock: `today` is given."""

import random
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from blended_pilot.kernel.periods import add_months, first_of_month

UPLIFT_MONTH = 10  # the second version applies from here; it is signed after this month has closed
UPLIFT_SIGNED_AFTER_DAYS = 51
TERM_MONTHS = 24
REPORTING_DAY = 4  # files about a month say what was known before this day of the next


@dataclass(frozen=True)
class Story:
    """A pilot whose term began `months` whole months before the month of `today` (in the contract's timezone).

    Service months are numbered from 0; number `months` is the one that `today` lies in.
    """

    today: date
    members: int = 1200
    months: int = 20
    seed: str = "harbor"

    @cached_property
    def term_starts_on(self) -> date:
        return add_months(first_of_month(self.today), -self.months)

    @property
    def term_ends_on(self) -> date:
        """The last day of the term (inclusive, as documents write it)."""
        return add_months(self.term_starts_on, max(TERM_MONTHS, self.months + 1)) - timedelta(days=1)

    @property
    def uplift_month(self) -> int:
        """The month from which the second version is in force; in a short story, its middle."""
        return UPLIFT_MONTH if self.months > UPLIFT_MONTH + 2 else max(1, self.months // 2)

    @property
    def review_month(self) -> int | None:
        """The month from which the third version asks for weekly reviews; None in a story too short for it."""
        number = self.months - 2
        return number if number > self.uplift_month else None

    def month(self, number: int) -> date:
        return add_months(self.term_starts_on, number)

    def number(self, day: date) -> int:
        """The number of the service month that `day` lies in."""
        return (day.year - self.term_starts_on.year) * 12 + day.month - self.term_starts_on.month

    def reported_on(self, number: int) -> date:
        """The day on which the source systems send what they know about a month; never after today."""
        return min(self.month(number + 1).replace(day=REPORTING_DAY), self.today)

    def batch(self, known_on: date) -> int:
        """The number of the service month with whose files something is sent that was known on a day."""
        number = self.number(known_on) - (known_on.day < REPORTING_DAY)
        return min(max(number, 0), self.months)

    def chance(self, *path: object) -> random.Random:
        """A stream of its own for each subject, so that more members or months never reshuffle the others."""
        return random.Random(":".join(map(str, (self.seed, *path))))
