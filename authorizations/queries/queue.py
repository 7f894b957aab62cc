"""The queue of the clinical leads: what waits, by due time, and how urgent it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import Deputy
from accounts.permissions import sides
from accounts.queries.people import in_force
from authorizations.models import Request, Status

SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Counts:
    """How many requests wait, by urgency. What is overdue is not also due soon; a clock that stands is neither."""

    waiting: int
    overdue: int
    soon: int
    questioned: int
    to_confirm: int
    unassigned: int
    mine: int


def queue(user: Any) -> QuerySet[Request]:
    """Everything that waits where the person may see the queue, with what a row shows. By due time, then by number."""
    found = Request.objects.waiting().filter(organisation__in=sides(user, "queue.view").provider)
    rows: QuerySet[Request] = found.select_related(
        "contract", "member", "team", "requested_by", "assigned_to"
    ).order_by(F("due_at").asc(), "pk")
    return rows


def stands_in_for(user: Any, now: datetime) -> list[int]:
    """The person, and those whose deputy they are today."""
    held = Deputy.objects.filter(in_force(now.date()), user=user).values_list("membership__user", flat=True)
    return [user.pk, *held]


def overdue_at(now: datetime) -> Q:
    return Q(due_at__lt=now, stopped_at=None)


def due_soon_at(now: datetime) -> Q:
    return Q(due_at__gte=now, due_at__lt=now + SOON, stopped_at=None)


def of_due(wanted: str, now: datetime) -> Q:
    """`wanted`: overdue, soon, or stands for a clock that stands."""
    return {"overdue": overdue_at(now), "soon": due_soon_at(now), "stands": Q(stopped_at__isnull=False)}[wanted]


def of_holder(wanted: str, user: Any, now: datetime) -> Q:
    """`wanted`: mine, or nobody."""
    return Q(assigned_to=None) if wanted == "nobody" else Q(assigned_to__in=stands_in_for(user, now))


def counts(user: Any, now: datetime) -> Counts:
    """One query beside the one for deputies."""
    figures = (
        queue(user)
        .order_by()
        .aggregate(
            waiting=Count("pk"),
            overdue=Count("pk", filter=overdue_at(now)),
            soon=Count("pk", filter=due_soon_at(now)),
            questioned=Count("pk", filter=Q(status=Status.QUESTIONED)),
            to_confirm=Count("pk", filter=Q(status=Status.AUTOMATIC)),
            unassigned=Count("pk", filter=Q(assigned_to=None)),
            mine=Count("pk", filter=Q(assigned_to__in=stands_in_for(user, now))),
        )
    )
    return Counts(**figures)


def following(user: Any, request: Request) -> Request | None:
    """What comes next in the queue after a request: the person goes on without going back to the list."""
    rows = queue(user).exclude(pk=request.pk).exclude(requested_by=user)
    return rows.filter(Q(assigned_to=None) | Q(assigned_to=user)).first()
