"""Who saw a member, from the access log."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import AccessEntry, Membership
from accounts.permissions import sides
from eligibility.models import Member


def seen_by(user: Any, member: Member) -> QuerySet[AccessEntry]:
    """Every entry that names the member, the latest first.

    For those who read the access log of the member's provider; of the commissioner's side an auditor reads what was
    done by people of the organisations whose log they may read.
    """
    entries = AccessEntry.objects.filter(members__contains=[member.pk]).select_related("user", "organisation")
    where = sides(user, "access.view")
    if member.organisation_id not in where.provider:
        readers = Membership.objects.filter(organisation__in=where.commissioner).values("user")
        entries = entries.filter(Q(organisation__in=where.commissioner) | Q(user__in=readers))
    return entries.order_by("-at", "-pk")
