"""Who sees which rows. `visible_to` is the only door; without a standing it is none."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce

from accounts.permissions import Sides, sides
from authorizations import lifecycle


def _of_sides(where: Sides) -> Q:
    """Rows of the provider's own members; for the commissioner's side those under its contracts."""
    found = Q(pk__in=[])
    if where.provider:
        found |= Q(organisation__in=where.provider)
    if where.commissioner:
        found |= Q(contract__commissioner__in=where.commissioner)
    return found


class AssessmentQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        return self.filter(_of_sides(sides(user, "assessment.view")))


class OfAssessmentQuerySet(models.QuerySet):
    """Rows that belong to one assessment and are seen with it."""

    def visible_to(self, user: Any) -> Self:
        assessments = self.model._meta.get_field("assessment").related_model.objects.visible_to(user)
        return self.filter(assessment__in=assessments.values("pk"))


class RequestQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """A draft is the provider's own affair: the other side of the contract meets a request once it is submitted."""
        where = sides(user, "request.view")
        found = Q(pk__in=[])
        if where.provider:
            found |= Q(organisation__in=where.provider)
        if where.commissioner:
            found |= Q(contract__commissioner__in=where.commissioner, received_at__isnull=False)
        return self.filter(found)

    def waiting(self) -> Self:
        """What stands in the queue: submitted and not yet decided by a person."""
        return self.filter(status__in=lifecycle.OPEN)


class OfRequestQuerySet(models.QuerySet):
    """Rows that belong to one request and are seen with it."""

    request = "request"

    def visible_to(self, user: Any) -> Self:
        requests = self.model._meta.get_field(self.request).related_model.objects.visible_to(user)
        return self.filter(**{f"{self.request}__in": requests.values("pk")})


class QuestionQuerySet(OfRequestQuerySet):
    request = "about"


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        return self.filter(_of_sides(sides(user, "register.view")))

    def standing(self) -> Self:
        """Entries that no later one replaces. Asked like this the planner knows that this is nearly all of them."""
        return self.filter(~Exists(self.model._default_manager.filter(replaces=OuterRef("pk"))))


class EpisodeQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        return self.filter(_of_sides(sides(user, "episode.view")))

    def overlapping(self, *, contract_id: int, service: str, starts_on: date, ends_before: date) -> Self:
        """Episodes of the service with a day in [starts_on, ends_before), as early ends cut them."""
        return (
            self.filter(contract=contract_id, service=service, starts_on__lt=ends_before)
            .annotate(until=Coalesce("ended_early_on", "ends_before"))
            .filter(until__gt=starts_on, starts_on__lt=F("until"))
            .order_by("starts_on")
        )


class MissedEscalationQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        return self.filter(_of_sides(sides(user, "escalation.missed")))

    def open(self) -> Self:
        return self.filter(ended_at=None)


class OfContractQuerySet(models.QuerySet):
    """The second look: results for both sides of the contract."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(_of_sides(sides(user, "second_look.view")))
