"""Teams and practitioners with how many members they look after."""

from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, When

from eligibility.models import Assignment, AssignmentKind, Practitioner, Team

LEAD, COVER = AssignmentKind.LEAD, AssignmentKind.COVER


def teams(user: Any, on: date) -> QuerySet[Team]:
    """Visible teams with `members` and `carers` (practitioners who lead one of them) on the day."""
    return Team.objects.visible_to(user).annotate(
        members=Count("assignments__member", filter=_in_force("assignments__", on, LEAD), distinct=True),
        carers=Count("assignments__practitioner", filter=_in_force("assignments__", on, LEAD), distinct=True),
    )


def practitioners(user: Any, on: date) -> QuerySet[Practitioner]:
    """Visible practitioners with `shown_name`, `members` (led) and `covers` on the day."""
    return (
        Practitioner.objects.visible_to(user)
        .select_related("user")
        .annotate(
            shown_name=Case(When(name="", then=F("reference")), default=F("name"), output_field=CharField()),
            members=Count("assignments", filter=_in_force("assignments__", on, LEAD), distinct=True),
            covers=Count("assignments", filter=_in_force("assignments__", on, COVER), distinct=True),
        )
    )


def caseload(user: Any, **whose: Any) -> QuerySet[Assignment]:
    """Assignments of a practitioner or a team (`practitioner=` or `team=`) with their members, the latest first."""
    return (
        Assignment.objects.visible_to(user)
        .filter(**whose)
        .select_related("member", "practitioner", "team")
        .order_by("-starts_on", "member__reference", "pk")
    )


def my_members(user: Any, on: date) -> QuerySet[Assignment]:
    """Whom the person leads or covers on the day, as the practitioner that they are linked to."""
    return caseload(user, practitioner__user=user).filter(_in_force("", on, None)).order_by("member__reference", "pk")


def _in_force(path: str, on: date, kind: str | None) -> Q:
    in_force = Q(**{f"{path}starts_on__lte": on}) & (
        Q(**{f"{path}ends_before": None}) | Q(**{f"{path}ends_before__gt": on})
    )
    return in_force & Q(**{f"{path}kind": kind}) if kind else in_force
