"""The referral log as lists and pages show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When

from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Referral
from eligibility.rules.referrals import Answered, answered


def with_clock(referrals: QuerySet[Referral], now: datetime) -> QuerySet[Referral]:
    """Each with `clock`: how its response clock stands at `now`, in the words of `rules.referrals.Answered`."""
    state = Case(
        When(response_due_at=None, then=Value("no_clock")),
        When(first_response_at__lte=F("response_due_at"), then=Value("in_time")),
        When(first_response_at__isnull=False, then=Value("late")),
        When(~Q(disposition=""), then=Value("no_clock")),
        When(response_due_at__lt=now, then=Value("overdue")),
        default=Value("waiting"),
        output_field=CharField(),
    )
    return referrals.annotate(clock=state)


def clock_of(referral: Referral, now: datetime) -> Answered:
    if referral.disposition and referral.first_response_at is None:
        return "no_clock"
    return answered(now, referral.response_due_at, referral.first_response_at)


def hours_on(contract_id: int, day: date) -> dict[str, int | None]:
    """The response hours of the terms that govern a day, by urgency; empty where they give none."""
    terms = signed_terms(contract_id)
    version = (terms.on(day) or terms.latest) if terms else None
    clock = version.document.eligibility.referral_response_hours if version and version.document.eligibility else None
    return {"routine": clock.routine, "urgent": clock.urgent} if clock else {}


@dataclass(frozen=True)
class Answering:
    """Of referrals that came in a period and whose clock has been judged: how many were answered in time."""

    answered: int
    in_time: int
    overdue: int


def answering(contract: Contract, first: datetime, before: datetime, now: datetime) -> Answering:
    """Referrals received in [first, before). Those still within their time are in none of the figures."""
    came = Referral.objects.filter(contract=contract, received_at__gte=first, received_at__lt=before)
    states = [clock_of(one, now) for one in came]
    return Answering(
        answered=states.count("in_time") + states.count("late"),
        in_time=states.count("in_time"),
        overdue=states.count("overdue"),
    )


def to_answer(user: Any, now: datetime) -> tuple[int, int]:
    """(open without an answer, of which overdue) of the referrals that the person may see."""
    rows = Referral.objects.visible_to(user).to_answer()
    return rows.count(), rows.filter(response_due_at__lt=now).count()


def verified_in(contract_id: int, first: datetime, before: datetime) -> int:
    """Verified referrals received in [first, before): what `measure: referrals` counts."""
    rows = Referral.objects.filter(contract_id=contract_id, received_at__gte=first, received_at__lt=before)
    return rows.filter(verified_on__isnull=False).count()


def unverified(contract_id: int, first: datetime, before: datetime) -> Sequence[Referral]:
    """Referrals received in [first, before) that nobody has verified: what the gate `referrals_verified` lists."""
    rows = Referral.objects.filter(contract_id=contract_id, received_at__gte=first, received_at__lt=before)
    return list(rows.filter(verified_on=None).order_by("received_at", "pk"))
