"""The response clock of a referral: elapsed hours from its receipt."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

Answered = Literal["waiting", "overdue", "in_time", "late", "no_clock"]


def response_due(received_at: datetime, urgency: str, hours: Mapping[str, int | None]) -> datetime | None:
    """When somebody has to have answered. None where the terms give no hours for this urgency.

    Elapsed hours: a night in which the clocks change is as long as it is.
    """
    allowed = hours.get(urgency)
    return received_at.astimezone(UTC) + timedelta(hours=allowed) if allowed is not None else None


def answered(now: datetime, due_at: datetime | None, responded_at: datetime | None) -> Answered:
    """How the clock of one referral stands."""
    if due_at is None:
        return "no_clock"
    if responded_at is not None:
        return "in_time" if responded_at <= due_at else "late"
    return "waiting" if now <= due_at else "overdue"
