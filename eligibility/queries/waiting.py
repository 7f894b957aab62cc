"""What waits for those who look after members: gaps that somebody has to close."""

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from accounts.permissions import sides
from eligibility.models import (
    Assignment,
    AssignmentKind,
    CoverageSpan,
    Determination,
    DeterminationStatus,
    LevelSpan,
    Referral,
)


def covered_at(organisation_ids: Any, on: date) -> QuerySet[CoverageSpan]:
    return CoverageSpan.objects.on(on).filter(organisation__in=organisation_ids)


def without_lead(user: Any, on: date) -> int:
    """Covered members whom nobody looks after on the day, where the person may assign."""
    lead = Assignment.objects.on(on).filter(member=OuterRef("member"), kind=AssignmentKind.LEAD)
    covered = covered_at(sides(user, "member.assign").provider, on)
    return covered.filter(~Exists(lead)).values("member").distinct().count()


def without_level(user: Any, on: date) -> int:
    """Covered members without a decided level on the day, where the person may correct coverage."""
    decided = LevelSpan.objects.on(on).filter(member=OuterRef("member"), contract=OuterRef("contract"))
    covered = covered_at(sides(user, "coverage.correct").provider, on)
    return covered.filter(~Exists(decided)).values("member").distinct().count()


def my_member_count(user: Any, on: date) -> int:
    """Whom the person leads or covers on the day."""
    return (
        Assignment.objects.visible_to(user).on(on).filter(practitioner__user=user).values("member").distinct().count()
    )


def to_verify(user: Any) -> int:
    """Referrals that the person may verify: not verified yet, and not recorded by themselves."""
    where = sides(user, "referral.verify").provider
    return Referral.objects.filter(organisation__in=where, verified_on=None).exclude(recorded_by=user.pk).count()


def drafts(user: Any) -> int:
    """Determinations that are begun and not completed, where the person may make them."""
    where = sides(user, "determination.make").provider
    return Determination.objects.filter(organisation__in=where, status=DeterminationStatus.DRAFT).count()
