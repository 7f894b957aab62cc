"""What the second look shows: a case without its outcome, and how far two judgements agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from authorizations.models import SecondLook
from blended_pilot.kernel.intervals import Share
from blended_pilot.kernel.scope import SYSTEM, acting
from contracts.queries.terms import signed_terms


def levels_of(case: SecondLook) -> dict[str, str]:
    """{code: name} of the levels that may be approved: of the version that governed when the request was received."""
    signed = signed_terms(case.contract_id)
    received = case.decision.received_at.astimezone(ZoneInfo(case.contract.timezone)).date()
    document = (signed.on(received) or signed.latest).document
    return {level.code: level.name for level in document.levels}


@dataclass(frozen=True)
class Agreement:
    """Of one team's cases that were looked at again, how many were decided the same way. `waiting` are not yet."""

    team: str
    share: Share
    approved_denied: int  # approved first, denied at the second look
    denied_approved: int
    another_level: int
    waiting: int


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def agreement_by_team(looks: QuerySet[SecondLook]) -> list[Agreement]:
    """By the team that the member was with when the request was submitted; the last line is all of them together."""
    approved = ~Q(decision__outcome="denied")
    rows = (
        looks.values("decision__request__team__name")
        .annotate(
            looked=Count("pk", filter=Q(looked_at__isnull=False)),
            agreed=Count("pk", filter=Q(agrees=True)),
            approved_denied=Count("pk", filter=approved & Q(outcome="deny")),
            denied_approved=Count("pk", filter=~approved & Q(outcome="approve")),
            another_level=Count("pk", filter=approved & Q(outcome="approve", agrees=False)),
            waiting=Count("pk", filter=Q(looked_at=None)),
        )
        .order_by("decision__request__team__name")
    )
    return [_agreement(row["decision__request__team__name"] or "", row) for row in rows]


def _agreement(team: str, row: Mapping[str, Any]) -> Agreement:
    return Agreement(
        team=team,
        share=Share(row["agreed"], row["looked"]),
        approved_denied=row["approved_denied"],
        denied_approved=row["denied_approved"],
        another_level=row["another_level"],
        waiting=row["waiting"],
    )


def together(lines: list[Agreement]) -> Agreement:
    """All lines as one."""
    return Agreement(
        team="",
        share=Share(sum(line.share.number for line in lines), sum(line.share.of for line in lines)),
        approved_denied=sum(line.approved_denied for line in lines),
        denied_approved=sum(line.denied_approved for line in lines),
        another_level=sum(line.another_level for line in lines),
        waiting=sum(line.waiting for line in lines),
    )


def months_of(looks: QuerySet[SecondLook]) -> list[date]:
    """The months that were drawn, latest first."""
    return list(looks.order_by("-round__month").values_list("round__month", flat=True).distinct())
