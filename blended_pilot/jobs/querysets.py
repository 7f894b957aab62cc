from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet


class JobQuerySet(QuerySet[Any]):
    def visible_to(self, user: Any, organisations: Iterable[int]) -> "JobQuerySet":
        """Jobs that the person asked for, or that belong to an organisation where they have a standing."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.filter(Q(created_by=user) | Q(organisation_id__in=organisations))

    def waiting(self, now: datetime) -> "JobQuerySet":
        """Queued, and nobody came after the last ring."""
        return self.filter(status="queued", ring_at__lte=now)

    def lost(self, now: datetime) -> "JobQuerySet":
        """Running on paper, but the worker has stopped renewing its lease."""
        return self.filter(status="running", lease_until__lt=now)
