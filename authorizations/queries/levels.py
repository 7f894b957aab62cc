"""Levels that somebody has to look at: due for review, and lapsed without a decision."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from authorizations.models import Decision, Request, RequestKind
from eligibility.models import CoverageSpan, LevelSpan

LOOK_AHEAD = timedelta(days=14)


def _of_span(user: Any) -> QuerySet[LevelSpan]:
    """Spans of the person's contracts, with whether a request about them is open."""
    open_request = (
        Request.objects.waiting()
        .filter(contract=OuterRef("contract"), member=OuterRef("member"))
        .exclude(kind=RequestKind.EPISODE)
    )
    later = LevelSpan.objects.filter(
        contract=OuterRef("contract"), member=OuterRef("member"), starts_on__gt=OuterRef("starts_on")
    )
    found: QuerySet[LevelSpan] = (
        LevelSpan.objects.visible_to(user)
        .filter(~Exists(later))
        .annotate(request_id=Subquery(open_request.order_by("due_at").values("pk")[:1]))
        .select_related("contract", "member")
    )
    return found


def review_due(user: Any, today: date) -> QuerySet[LevelSpan]:
    """Levels in force whose review date is reached or which end within two weeks, and that nothing follows yet."""
    reviewed = Decision.objects.filter(contract=OuterRef("contract"), number=OuterRef("decision_no"))
    in_force = Q(ends_before=None) | Q(ends_before__gt=today)
    rows = _of_span(user).filter(in_force, starts_on__lte=today)
    rows = rows.annotate(review_on=Subquery(reviewed.values("review_on")[:1]))
    return rows.filter(Q(ends_before__lte=today + LOOK_AHEAD) | Q(review_on__lte=today)).order_by("ends_before", "pk")


def lapsed(user: Any, today: date) -> QuerySet[LevelSpan]:
    """Covered members whose level ended and for whom nobody has decided: paid at the lapsed level, cared for as before.

    An overdue decision of the clinical leads; the longest overdue first.
    """
    covered = CoverageSpan.objects.on(today).filter(contract=OuterRef("contract"), member=OuterRef("member"))
    return _of_span(user).filter(Exists(covered), ends_before__lte=today).order_by("ends_before", "pk")
