from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet


class JobQuerySet(QuerySet[Any]):
    def visible_to(self, user: Any, organisations: Iterable[int]) -> "JobQuerySet":
        """Jobs that the person asked for, or that belong to an organisation where they have a standing."""
        if not getattr(user, "is_authenticated", False) or not user.is_active:
            return self.none()
        return self.filter(Q(created_by=user) | Q(organisation_id__in=organisations))

    def by_kind_and_status(self, statuses: Iterable[str]) -> "QuerySet[Any, dict[str, Any]]":
        """`number` of jobs and when the `oldest` was asked for, of each kind in each of these states."""
        found = self.filter(status__in=statuses).order_by("kind", "status").values("kind", "status")
        return found.annotate(number=Count("pk"), oldest=Min("created_at"))

    def waiting(self, now: datetime) -> "JobQuerySet":
        """Queued, and nobody came after the last ring."""
        return self.filter(status="queued", ring_at__lte=now)

    def lost(self, now: datetime) -> "JobQuerySet":
        """Running on paper, but the worker has stopped renewing its lease."""
        return self.filter(status="running", lease_until__lt=now)
