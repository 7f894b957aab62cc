"""Signs that wait for a decision."""

from typing import Any

from django.db.models import Q, QuerySet

from accounts.permissions import sides, standings
from contracts.models import Escalation


def addressed_to(user: Any) -> QuerySet[Escalation]:
    """Open escalations for a role that the person holds at one of the two parties, or that the person has taken on."""
    where = sides(user, "escalation.decide")
    mine = Q(owner=user)
    for organisation, role in standings(user):
        if organisation in where.provider | where.commissioner:
            party = Q(contract__provider=organisation) | Q(contract__commissioner=organisation)
            mine |= party & Q(recipients__contains=[role])
    return Escalation.objects.visible_to(user).waiting().filter(mine).select_related("contract", "owner")


def sign_words(sign: str) -> str:
    """A sign's code as words."""
    return sign.replace("_", " ").capitalize()
