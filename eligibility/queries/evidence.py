"""Files of proof: whom they are about."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from eligibility.models import Evidence


def of_members(member_ids: Sequence[int]) -> QuerySet[Evidence]:
    """Files about these members: brought for them, or for the determination that made them members."""
    about = Q(member__in=member_ids) | Q(answers__determination__member__in=member_ids)
    return Evidence.objects.filter(pk__in=Evidence.objects.filter(about).values("pk"))


def members_of(evidence: Evidence) -> list[int]:
    """The ids of the members whom a file tells of: what the access log has to hold when it is handed out."""
    found = {evidence.member_id} | set(evidence.answers.values_list("determination__member", flat=True))
    return sorted(pk for pk in found if pk is not None)
