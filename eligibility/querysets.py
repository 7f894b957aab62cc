"""Who sees which rows. `visible_to` is the only door; without a standing it is none."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.permissions import Sides, sides
from contracts.models import Contract


def _any_side(where: Sides, provider: str, commissioner: str) -> Q:
    """Rows of the organisations where the person may, by the path to each side. A side without any adds nothing."""
    found = Q(pk__in=[])
    if where.provider:
        found |= Q(**{f"{provider}__in": where.provider})
    if where.commissioner:
        found |= Q(**{f"{commissioner}__in": where.commissioner})
    return found


class MemberQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """The provider's own members; for the commissioner's side, whoever is or was covered under its contracts.

        Read from the history of coverage: a span that was voided still stands behind ledger rows that must open.
        """
        where = sides(user, "member.view")
        found = Q(pk__in=[])
        if where.provider:
            found |= Q(organisation__in=where.provider)
        if where.commissioner:
            ever_covered = self.model._meta.get_field("coverage").related_model.history.model.objects
            found |= Exists(
                ever_covered.filter(member_id=OuterRef("pk"), contract__commissioner_id__in=where.commissioner)
            )
        return self.filter(found)

    def in_order(self) -> Self:
        return self.order_by("organisation", "reference")


class SpanQuerySet(models.QuerySet):
    """Rows with [starts_on, ends_before) under a contract."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(_any_side(sides(user, "member.view"), "contract__provider_id", "contract__commissioner_id"))

    def on(self, day: Any) -> Self:
        """In force on a day (a date, or an expression that gives one)."""
        return self.filter(Q(ends_before=None) | Q(ends_before__gt=day), starts_on__lte=day)


class StaffQuerySet(models.QuerySet):
    """Teams and practitioners: the provider's own, and for an auditor of the commissioner those of its providers."""

    def visible_to(self, user: Any) -> Self:
        where = sides(user, "team.view")
        found = Q(pk__in=[])
        if where.provider:
            found |= Q(organisation__in=where.provider)
        if where.commissioner:
            found |= Q(organisation__in=Contract.objects.filter(commissioner__in=where.commissioner).values("provider"))
        return self.filter(found)


class AssignmentQuerySet(StaffQuerySet):
    def on(self, day: Any) -> Self:
        """In force on a day (a date, or an expression that gives one)."""
        return self.filter(Q(ends_before=None) | Q(ends_before__gt=day), starts_on__lte=day)


class EvidenceQuerySet(models.QuerySet):
    """Files of proof: the provider's care team; for the commissioner's side its clinical lead and its auditor."""

    def visible_to(self, user: Any) -> Self:
        where = sides(user, "evidence.view")
        return self.filter(_any_side(where, "contract__provider_id", "contract__commissioner_id"))


class ReferralQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        where = sides(user, "referral.view")
        return self.filter(_any_side(where, "contract__provider_id", "contract__commissioner_id"))

    def to_answer(self) -> Self:
        """Open, and nobody has answered yet."""
        return self.filter(first_response_at=None, disposition="")


class DeterminationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        where = sides(user, "determination.view")
        return self.filter(_any_side(where, "contract__provider_id", "contract__commissioner_id"))


class OfDeterminationQuerySet(models.QuerySet):
    """Rows that belong to one determination and are seen with it."""

    def visible_to(self, user: Any) -> Self:
        determinations = self.model._meta.get_field("determination").related_model.objects.visible_to(user)
        return self.filter(determination__in=determinations.values("pk"))


class OfMemberQuerySet(models.QuerySet):
    """What happened to members of the provider; the provider's own affair."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(organisation__in=sides(user, "determination.view").provider)
