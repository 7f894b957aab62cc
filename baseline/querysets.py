"""Who sees which records. `visible_to` is the only door; without a standing it is none."""

from typing import Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.permissions import sides


def _of_side(user: Any, action: str, path: str = "contract__") -> Q:
    """Rows that reach a contract by `path`, where the person may do `action`. A side without any adds nothing."""
    where = sides(user, action)
    found = Q(pk__in=[])
    if where.provider:
        found |= Q(**{f"{path}provider_id__in": where.provider})
    if where.commissioner:
        found |= Q(**{f"{path}commissioner_id__in": where.commissioner})
    return found


class ActivityQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """What was delivered under the contracts of the person's side."""
        return self.filter(_of_side(user, "activity.view"))

    def waiting(self) -> Self:
        """Neither verified nor rejected, and no reversing row."""
        return self.filter(verified_on=None, rejected_on=None, reverses="")

    def rejected(self) -> Self:
        """Sent back to whoever recorded them, with a reason."""
        return self.filter(rejected_on__isnull=False)

    def standing(self) -> Self:
        """Records that count: neither a reversing row nor one that was reversed."""
        return self.filter(~Exists(self.model._default_manager.reversing_outer()), reverses="")

    def reversing_outer(self) -> Self:
        """For a subquery: the rows that reverse the outer query's record.

        That they reverse at all is said too: their index holds only those, and without it the records of a contract
        are compared each with each.
        """
        return self.filter(contract=OuterRef("contract"), reverses=OuterRef("activity_ref")).exclude(reverses="")


class FollowUpQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Of the contracts of the person's side."""
        return self.filter(_of_side(user, "follow_up.view"))

    def overdue(self, on: Any) -> Self:
        """Open, and due before the day."""
        return self.filter(status="open", due_on__lt=on)

    def open_at_the_end_of(self, before: Any) -> Self:
        """As they stood at the end of a time whose last day is the day before `before`, done since or not."""
        known = self.filter(status__in=("open", "done"), happened_on__lt=before)
        return known.filter(models.Q(completed_on=None) | models.Q(completed_on__gte=before))


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


class ReviewQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Weekly reviews of the contracts of the person's side."""
        return self.filter(_of_side(user, "caseload.view"))


class OfReviewQuerySet(models.QuerySet):
    """Notes and signatures of weekly reviews."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(_of_side(user, "caseload.view", "review__contract__"))


class ReviewActionQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Of the reviews that the person sees, and those that the person owns."""
        mine = Q(owner=user.pk, organisation__in=sides(user, "action.view").provider)
        return self.filter(_of_side(user, "caseload.view", "review__contract__") | mine)


class EventQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> Self:
        """Complaints and safety signals of the contracts of the person's side."""
        return self.filter(_of_side(user, "event.view"))
