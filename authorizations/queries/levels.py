"""Levels that somebody has to look at: due for review, and lapsed without a decision."""

from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from authorizations.models import Decision, Request, RequestKind
from eligibility.models import CoverageSpan, LevelSpan
from eligibility.querysets import SpanQuerySet

LOOK_AHEAD = timedelta(days=14)
_SAME_MEMBER = {"contract": OuterRef("contract"), "member": OuterRef("member")}


def _of_span(user: Any) -> QuerySet[LevelSpan]:
    """Spans of the person's contracts, with whether a request about them is open."""
    open_request = Request.objects.waiting().filter(**_SAME_MEMBER).exclude(kind=RequestKind.EPISODE)
    found: QuerySet[LevelSpan] = (
        LevelSpan.objects.visible_to(user)
        .annotate(request_id=Subquery(open_request.order_by("due_at").values("pk")[:1]))
        .select_related("contract", "member")
    )
    return found


def _later() -> QuerySet[LevelSpan]:
    return LevelSpan.objects.filter(**_SAME_MEMBER, starts_on__gt=OuterRef("starts_on"))


def review_due(user: Any, today: date) -> QuerySet[LevelSpan]:
    """Levels in force whose review date is reached or which end within two weeks, and that nothing follows yet."""
    reviewed = Decision.objects.filter(contract=OuterRef("contract"), number=OuterRef("decision_no"))
    in_force = Q(ends_before=None) | Q(ends_before__gt=today)
    rows = _of_span(user).filter(~Exists(_later()), in_force, starts_on__lte=today)
    rows = rows.annotate(review_on=Subquery(reviewed.values("review_on")[:1]))
    return rows.filter(Q(ends_before__lte=today + LOOK_AHEAD) | Q(review_on__lte=today)).order_by("ends_before", "pk")


def lapsed(user: Any, today: date) -> QuerySet[LevelSpan]:
    """Covered members whose level ended and for whom nobody has decided: paid at the lapsed level, cared for as before.

    An overdue decision of the clinical leads; the longest overdue first.
    """
    without = _undecided(today).filter(**_SAME_MEMBER)
    return (
        _of_span(user).filter(Exists(without), ~Exists(_later()), ends_before__lte=today).order_by("ends_before", "pk")
    )


def lapsed_count(user: Any, today: date) -> int:
    """How many `lapsed` gives, without looking for each member's last span."""
    ended = LevelSpan.objects.filter(**_SAME_MEMBER, ends_before__lte=today)
    return _undecided(today).visible_to(user).filter(Exists(ended)).count()


def _undecided(today: date) -> SpanQuerySet:
    """Cover of today with no level in force or to come.

    Asked from who is covered: the spans grow with a pilot's years, and nearly all of them have ended.
    """
    decided = LevelSpan.objects.filter(Q(ends_before=None) | Q(ends_before__gt=today), **_SAME_MEMBER)
    return CoverageSpan.objects.on(today).filter(~Exists(decided))
