"""Packages asked for and decided in the months of the story, and the commissioner's second look at each month.

Everything goes through the product's own operations at its time, so that money, the register and drawing down follow.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.queries.people import person, system_user
from authorizations.models import Decision, Episode, Outcome, Request, RequestKind, SecondLook, SecondLookRound
from authorizations.operations import second_looks
from authorizations.operations.decisions import decide
from authorizations.operations.episode_ends import end_early
from authorizations.operations.requests import NotReady, Wish, draft, submit, withdraw
from authorizations.operations.verdicts import Verdict
from blended_pilot.demo.providers import Provider
from blended_pilot.demo.stays import MONTHS, SERVICE, Stay
from blended_pilot.demo.story import Story
from contracts.models import Contract
from eligibility.models import Member

Step = tuple[date, time, tuple[str, ...], Callable[[datetime], None]]

ASKER, LEAD, SECOND_LEAD = "practitioner@tidewater.example", "lead@tidewater.example", "lead.south@tidewater.example"
REVIEWER = "lead@harbor.example"
GROUNDS = "Three nights without sleep after the discharge. Daily presence until the new routine holds."
AGAIN = "The surgery's letter, which was missing, is in the record now: daily observation was advised."
WHY = {
    "necessity": "A crisis that daily presence at home can carry; without it the ward is the next step.",
    "risk": "Readmission within days; the family is at its limit.",
    "criteria": "acute deterioration, discharge within seven days",
}
ENOUGH = "Stable since the weekend, the daughter has moved in; contact goes on in the package."
MORNING, AFTERNOON = time(9, 20), time(16, 10)


def packages(provider: Provider, stays: list[Stay]) -> Iterator[Step]:
    """(day, time, key, act) of what was asked for and decided about packages, in no order."""
    code = provider.contract
    for stay in stays:
        decided_on = stay.starts_on - timedelta(days=1)
        if stay.package.denied_first:
            yield (
                decided_on - timedelta(days=3),
                AFTERNOON,
                ("stay", code, stay.member_ref),
                lambda now, stay=stay: _deny(provider, stay, now),  # type: ignore[misc]
            )
            yield (
                decided_on,
                AFTERNOON,
                ("stay reconsidered", code, stay.member_ref),
                lambda now, stay=stay: _reconsider(provider, stay, now),  # type: ignore[misc]
            )
        else:
            yield (
                decided_on,
                AFTERNOON,
                ("stay", code, stay.member_ref),
                lambda now, stay=stay: _approve(provider, stay, now),  # type: ignore[misc]
            )
        if stay.package.last_day is not None:
            yield (
                stay.day(stay.package.last_day),
                AFTERNOON,
                ("stay ended", code, stay.member_ref),
                lambda now, stay=stay: _end(provider, stay, now),  # type: ignore[misc]
            )


def looks(story: Story, provider: Provider) -> Iterator[Step]:
    """The same of second looks: a month is drawn on the second of the next, and looked at a week later."""
    for number in range(max(1, story.months - MONTHS + 1), story.months):
        month, following = story.month(number), story.month(number + 1)
        for day, state, act in ((2, "drawn", _draw), (9, "looked", _look)):
            yield (
                following.replace(day=day),
                MORNING,
                (state, provider.contract, month.isoformat()),
                lambda now, act=act, number=number: act(story, provider, number, now),  # type: ignore[misc]
            )


def done(contract: Contract) -> set[tuple[str, ...]]:
    """The keys of what has happened under a contract."""
    asked = Request.objects.filter(contract=contract, kind=RequestKind.EPISODE)
    found = {("stay", contract.code, reference) for reference in asked.values_list("member__reference", flat=True)}
    again = Request.objects.filter(contract=contract, kind=RequestKind.RECONSIDERATION)
    found |= {("stay reconsidered", contract.code, ref) for ref in again.values_list("member__reference", flat=True)}
    ended = Episode.objects.filter(contract=contract, ended_early_on__isnull=False)
    found |= {("stay ended", contract.code, ref) for ref in ended.values_list("member__reference", flat=True)}
    rounds = SecondLookRound.objects.filter(contract=contract)
    found |= {("drawn", contract.code, month.isoformat()) for month in rounds.values_list("month", flat=True)}
    looked = SecondLook.objects.filter(contract=contract, looked_at__isnull=False)
    return found | {
        ("looked", contract.code, month.isoformat()) for month in looked.values_list("round__month", flat=True)
    }


def _approve(provider: Provider, stay: Stay, now: datetime) -> None:
    """Asked for the day before."""
    with transaction.atomic():
        asked = _asked(provider, stay, RequestKind.EPISODE, _wish(stay), now - timedelta(days=1, hours=5))
        if asked is not None:
            decide(request_id=asked.pk, verdict=_verdict(stay), actor=person(LEAD), now=now)


def _deny(provider: Provider, stay: Stay, now: datetime) -> None:
    verdict = Verdict(
        approve=False,
        deny_reason="insufficient_evidence",
        necessity="Nothing in the record says that daily presence was advised.",
        risk="Moderate; the next contact is tomorrow.",
        criteria="discharge letter missing",
    )
    with transaction.atomic():
        asked = _asked(provider, stay, RequestKind.EPISODE, _wish(stay), now - timedelta(hours=20))
        if asked is not None:
            decide(request_id=asked.pk, verdict=verdict, actor=person(LEAD), now=now)


def _reconsider(provider: Provider, stay: Stay, now: datetime) -> None:
    """By a second lead, with the letter that was missing."""
    denied = Decision.objects.filter(
        contract__code=provider.contract, member__reference=stay.member_ref, outcome=Outcome.DENIED
    ).first()
    if denied is None:
        return
    wish = replace(_wish(stay), grounds=AGAIN, reconsiders_id=denied.pk)
    with transaction.atomic():
        asked = _asked(provider, stay, RequestKind.RECONSIDERATION, wish, now - timedelta(days=1))
        if asked is not None:
            decide(request_id=asked.pk, verdict=_verdict(stay), actor=person(SECOND_LEAD), now=now)


def _wish(stay: Stay) -> Wish:
    return Wish(
        service=SERVICE,
        units=Decimal(stay.package.asked[0]),
        starts_on=stay.starts_on,
        ends_before=stay.ends_before(stay.package.asked),
        grounds=GROUNDS,
    )


def _verdict(stay: Stay) -> Verdict:
    package = stay.package
    differs = package.given != package.asked
    return Verdict(
        approve=True,
        units=Decimal(package.given[0]),
        starts_on=stay.starts_on,
        ends_before=stay.ends_before(package.given),
        difference_reason="clinical_judgment" if differs else "",
        difference_text="A week first; ask again if it does not hold." if differs else "",
        **WHY,
    )


def _asked(provider: Provider, stay: Stay, kind: str, wish: Wish, received: datetime) -> Request | None:
    """None where the source systems knew the member too late."""
    asker, contract = person(ASKER), Contract.objects.get(code=provider.contract)
    member = Member.objects.get(organisation=contract.provider_id, reference=stay.member_ref)
    made = draft(contract_id=contract.pk, member_id=member.pk, kind=kind, wish=wish, actor=asker, now=received)
    try:
        return submit(request_id=made.pk, actor=asker, now=received)
    except NotReady:
        withdraw(request_id=made.pk, reason="Not on the roster yet", actor=asker, now=received)
        return None


def _end(provider: Provider, stay: Stay, now: datetime) -> None:
    episode = Episode.objects.filter(
        contract__code=provider.contract, member__reference=stay.member_ref, starts_on=stay.starts_on
    ).first()
    if episode is not None and stay.package.last_day is not None:
        end_early(
            episode_id=episode.pk,
            last_day=stay.day(stay.package.last_day),
            reason=ENOUGH,
            actor=person(LEAD),
            now=now,
        )


def _draw(story: Story, provider: Provider, number: int, now: datetime) -> None:
    contract = Contract.objects.get(code=provider.contract)
    second_looks.draw(contract_id=contract.pk, month=story.month(number), actor=system_user(), now=now)


def _look(story: Story, provider: Provider, number: int, now: datetime) -> None:
    """Every case but the latest month's, of which all but one still wait; now and then the two disagree."""
    cases = SecondLook.objects.filter(
        contract__code=provider.contract, round__month=story.month(number), looked_at=None
    )
    cases = cases.select_related("decision").order_by("position")
    for case in cases[:1] if number == story.months - 1 else cases:
        second_looks.look(second_look_id=case.pk, **_seen(case), actor=person(REVIEWER), now=now)


def _seen(case: SecondLook) -> dict[str, Any]:
    approves = (case.decision.outcome != Outcome.DENIED) != (case.decision.number % 5 == 4)
    level = "" if not approves or case.decision.service else case.decision.level or case.decision.requested_level
    return {
        "outcome": "approve" if approves else "deny",
        "level": level,
        "rationale": "The record carries it." if approves else "The package would have carried this.",
    }
