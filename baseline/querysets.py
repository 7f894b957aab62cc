"""Who sees which records. `visible_to` is the only door; without a standing it is none."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.permissions import sides


class ActivityQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """What was delivered under the contracts of the person's side."""
        where = sides(user, "activity.view")
        found = Q(pk__in=[])
        if where.provider:
            found |= Q(contract__provider_id__in=where.provider)
        if where.commissioner:
            found |= Q(contract__commissioner_id__in=where.commissioner)
        return self.filter(found)

    def waiting(self) -> Self:
        """Neither verified nor rejected, and no reversing row."""
        return self.filter(verified_on=None, rejected_on=None, reverses="")

    def rejected(self) -> Self:
        """Sent back to whoever recorded them, with a reason."""
        return self.filter(rejected_on__isnull=False)

    def standing(self) -> Self:
        """Records that count: neither a reversing row nor one that was reversed."""
        reversal = self.model._default_manager.filter(contract=OuterRef("contract"), reverses=OuterRef("activity_ref"))
        return self.filter(~Exists(reversal), reverses="")


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Of the contracts of the person's side."""
        where = sides(user, "follow_up.view")
        found = Q(pk__in=[])
        if where.provider:
            found |= Q(contract__provider_id__in=where.provider)
        if where.commissioner:
            found |= Q(contract__commissioner_id__in=where.commissioner)
        return self.filter(found)

    def overdue(self, on: Any) -> Self:
        """Open, and due before the day."""
        return self.filter(status="open", due_on__lt=on)


class VerificationBatchQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Batches of the providers where the person verifies, or looks at how it is done."""
        return self.filter(organisation__in=sides(user, "activity.verification").provider)


class VerificationItemQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        return self.filter(organisation__in=sides(user, "activity.verification").provider)


class BoundaryReadingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """One's own, and those of the organisations where the person sees who has not read."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        overseen = sides(user, "included.oversee")
        return self.filter(Q(user=user) | Q(organisation__in=overseen.provider | overseen.commissioner))
