"""Follow-ups as lists, triggers and reviews ask for them."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef

from baseline.models import FollowUp
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
