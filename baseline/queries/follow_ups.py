"""Follow-ups as lists, triggers and reviews ask for them."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef

from baseline.models import FollowUp
from baseline.queries import sql
from baseline.querysets import FollowUpQuerySet
from eligibility.models import Assignment


def overdue(contract_id: int, member_id: int, on: date, days: int = 1) -> FollowUpQuerySet:
    """A member's follow-ups that are overdue by at least `days` days on a day, the longest first."""
    return (
        FollowUp.objects.overdue(on - timedelta(days=days - 1))
        .filter(contract=contract_id, member=member_id)
        .order_by("due_on", "pk")
    )


def mine(user: Any, on: date) -> FollowUpQuerySet:
    """Open follow-ups of the members whom the person leads or covers on the day, the most urgent first."""
    looked_after = Assignment.objects.visible_to(user).on(on).filter(member=OuterRef("member"), practitioner__user=user)
    return FollowUp.objects.visible_to(user).filter(Exists(looked_after), status="open").order_by("due_on", "pk")


@dataclass(frozen=True)
class Timeliness:
    """Follow-ups of one group that fell due in a time. `apart` (cancelled, or without a cause) are not among `due`."""

    kind: str  # "all", "cause", "service", "cohort", "geography", "team" or "practitioner"
    key: str | None
    due: int
    in_time: int
    late: int
    waiting: int
    apart: int

    @property
    def share(self) -> Decimal | None:
        """Done in time, of all that fell due."""
        return Decimal(self.in_time) / self.due if self.due else None


def timeliness(contract_id: int, *, starts_on: date, ends_before: date) -> list[Timeliness]:
    """All follow-ups that fell due in the time, and by group: cohort and geography of day 0, team of the due day."""
    values = {"contract": contract_id, "starts": starts_on, "before": ends_before}
    return [Timeliness(**row) for row in sql.rows("follow_up_timeliness", values)]
