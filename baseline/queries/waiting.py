"""What waits for one person in this stage."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Q

from accounts.permissions import sides
from baseline.models import ActionStatus, Event, ReviewAction, Severity
from baseline.queries.follow_ups import mine
from baseline.queries.reviews import local_today, missing_weeks, weeks_until
from contracts.models import Contract

SHOWN = 20


@dataclass(frozen=True)
class FollowUpsOf:
    waiting: int
    late: int


@dataclass(frozen=True)
class EventsWaiting:
    waiting: int
    severe: int


def follow_ups_of(user: Any, today: date) -> FollowUpsOf:
    """Open follow-ups of the members whom the person looks after. One query."""
    found = mine(user, today).order_by().aggregate(waiting=Count("pk"), late=Count("pk", filter=Q(due_on__lt=today)))
    return FollowUpsOf(**found)


def open_actions(user: Any) -> list[ReviewAction]:
    """What the person was asked to do, with `due_at`: the end of the day in the contract's timezone."""
    rows = ReviewAction.objects.visible_to(user).filter(owner=user, status=ActionStatus.OPEN)
    return _with_due_at(rows.select_related("review__contract").order_by("due_on", "pk")[:SHOWN], "review")


def events_of(user: Any) -> list[Event]:
    """Open complaints and safety signals that the person deals with, with `due_at`."""
    rows = Event.objects.visible_to(user).filter(owner=user, closed_on=None)
    return _with_due_at(rows.select_related("contract").order_by(F("due_on").asc(nulls_last=True), "pk")[:SHOWN], "")


def events_without_owner(user: Any) -> EventsWaiting:
    """Open complaints and safety signals with which nobody deals, where the person may say who does. One query."""
    rows = Event.objects.filter(contract__provider__in=sides(user, "event.close").provider, owner=None, closed_on=None)
    return EventsWaiting(**rows.aggregate(waiting=Count("pk"), severe=Count("pk", filter=Q(severity=Severity.SEVERE))))


def weeks_to_sign(user: Any, now: datetime) -> list[tuple[Contract, int]]:
    """(contract, weeks of its teams that have ended unsigned) where the person signs."""
    found = []
    for contract in Contract.objects.filter(provider__in=sides(user, "caseload.sign").provider).order_by("code"):
        first, last = weeks_until(contract, local_today(contract, now))
        number = len(missing_weeks(contract, first=first, last=last))
        if number:
            found.append((contract, number))
    return found


def _with_due_at(rows: Any, path: str) -> list[Any]:
    found = list(rows)
    for row in found:
        contract = (getattr(row, path) if path else row).contract
        last_moment = time(23, 59, 59)
        row.due_at = (
            datetime.combine(row.due_on, last_moment, tzinfo=ZoneInfo(contract.timezone)) if row.due_on else None
        )
    return found
