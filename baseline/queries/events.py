"""Complaints and safety signals by group: how many, against the time for which members were covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from baseline.queries import sql
from baseline.queries.terms import package_terms
from blended_pilot.kernel.intervals import Rate
from blended_pilot.kernel.periods import DAY, add_months
from contracts.models import Contract

PER = 1000  # member-months


@dataclass(frozen=True)
class EventsOfGroup:
    """One group: `kind` is "all", "cohort", "geography", "level" or "team"; `key` None where it has none of it."""

    kind: str
    key: str | None
    member_months: Decimal
    complaints: int
    safety: int
    severe: int  # of both
    waiting: int  # not closed
    late: int  # of them, due before today

    @property
    def complaint_rate(self) -> Rate:
        return Rate(self.complaints, self.member_months, PER)

    @property
    def safety_rate(self) -> Rate:
        return Rate(self.safety, self.member_months, PER)


def by_group(contract: Contract, *, month: date, months: int, today: date) -> Sequence[EventsOfGroup]:
    """Of the `months` months that end with `month`, the whole first.

    Member-months are covered days over the days of the time, times its months; of a time under way those until `today`.
    """
    starts, after = add_months(month, 1 - months), add_months(month, 1)
    before = max(starts, min(after, today + DAY))
    values = {
        "contract": contract.pk,
        "starts": starts,
        "before": before,
        "today": today,
        **package_terms(contract.pk, before),
    }
    found = []
    for row in sql.rows("events_by_group", values):
        covered = Decimal(row.pop("days")) * months / (after - starts).days
        found.append(EventsOfGroup(member_months=covered, **row))
    return found
