"""Who sees which records. `visible_to` is the only door; without a standing it is none."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

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
