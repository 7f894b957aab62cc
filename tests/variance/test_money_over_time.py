"""Random change, closes in between: after every close the ledger is what recomputation owes, and statements tie."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authorizations.models import Episode
from baseline.models import Activity
from blended_pilot.kernel.periods import add_months
from eligibility.models import CoverageSpan, LevelSpan, Member
from tests.factories.contracts import document
from tests.variance.story import JANUARY, OUTREACH, VISIT, Story, story
from variance.models import LedgerEntry
from variance.queries import proofs

pytestmark = pytest.mark.django_db

DAY_NUMBER = st.integers(0, 150)
STEP = st.one_of(
    st.tuples(st.just("close"), st.just(0), st.just(0)),
    st.tuples(
        st.sampled_from(
            [
                "cover",
                "level",
                "work",
                "work",
                "verify",
                "correct",
                "reverse",
                "rate",
                "authorise",
                "widen",
                "end_early",
            ]
        ),
        DAY_NUMBER,
        DAY_NUMBER,
    ),
)


def cover(told: Story, one: int, other: int) -> None:
    """The member is covered anew: from one day to another, at another place."""
    member = member_of(told, one)
    CoverageSpan.objects.filter(member=member).delete()
    start, end = sorted((one, other))
    if start < end:
        place = ["north", "south"][one % 2]
        told.cover(member, day(start), day(end) if other % 3 else None, geography=place)


def level(told: Story, one: int, other: int) -> None:
    member = member_of(told, one)
    LevelSpan.objects.filter(member=member).delete()
    told.level(member, ["L1", "L2", "L3"][other % 3], day(other))


def work(told: Story, one: int, other: int) -> None:
    told.visit(
        member_of(told, one), f"w{Activity.objects.count()}", day(other), verified=bool(one % 4),
        units=1 + one % 2, service=["visit", "day", "stay"][other % 3],
    )  # fmt: skip


def verify(told: Story, one: int, _other: int) -> None:
    Activity.objects.filter(pk=some_work(one), verified_on=None).update(verified_on=day(one), verified_by="Grace")


def correct(told: Story, one: int, other: int) -> None:
    Activity.objects.filter(pk=some_work(one)).update(occurred_on=day(other), received_on=day(other))


def reverse(told: Story, one: int, _other: int) -> None:
    target = Activity.objects.filter(pk=some_work(one), reverses="").first()
    if target:
        told.visit(target.member, f"w{Activity.objects.count()}", target.occurred_on, reverses=target.activity_ref)


def authorise(told: Story, one: int, other: int) -> None:
    """Some days and units, where no other episode stands in the way."""
    member, start, end = member_of(told, one), day(other), day(other + 5 + one % 40)
    if not Episode.objects.filter(member=member).overlapping(
        contract_id=told.contract.pk, service="stay", starts_on=start, ends_before=end
    ):
        Episode.objects.create(
            organisation=told.contract.provider, contract=told.contract, member=member, service="stay",
            units=1 + one % 6, starts_on=start, ends_before=end, episode_ref=f"e{Episode.objects.count()}",
            decided_on=start, decided_by="Dr Marsh", rationale="Acute.",
        )  # fmt: skip


def widen(told: Story, one: int, other: int) -> None:
    Episode.objects.filter(pk=some_episode(one)).update(units=1 + other % 9)


def end_early(told: Story, one: int, other: int) -> None:
    episode = Episode.objects.filter(pk=some_episode(one)).first()
    if episode and episode.ended_early_on is None:
        days = (episode.ends_before - episode.starts_on).days
        episode.ended_early_on = episode.starts_on + timedelta(other % days)
        episode.save()


def rate(told: Story, one: int, other: int) -> None:
    rates = [{"level": "L1", "amount": str(40 + one)}, {"level": "L2", "amount": str(120 + other)}]
    told.new_version(baseline={"rates": rates}, in_force_from=add_months(JANUARY, other % 4).isoformat())


ACTS = {
    "cover": cover,
    "level": level,
    "work": work,
    "verify": verify,
    "correct": correct,
    "reverse": reverse,
    "rate": rate,
    "authorise": authorise,
    "widen": widen,
    "end_early": end_early,
}


def day(number: int) -> date:
    return JANUARY + timedelta(number)


def member_of(told: Story, number: int) -> Member:
    return Member.objects.get(organisation=told.contract.provider, reference="AB"[number % 2])


def some_work(number: int) -> int | None:
    keys = list(Activity.objects.order_by("pk").values_list("pk", flat=True))
    return keys[number % len(keys)] if keys else None


def some_episode(number: int) -> int | None:
    keys = list(Episode.objects.order_by("pk").values_list("pk", flat=True))
    return keys[number % len(keys)] if keys else None


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    steps=st.lists(STEP, min_size=4, max_size=14),
    rule=st.sampled_from(["day_15", "daily"]),
    level_change=st.sampled_from(["snapshot", "by_days"]),
)
def test_after_every_close_nothing_more_is_owed(steps: list[tuple[Any, ...]], rule: str, level_change: str) -> None:
    with transaction.atomic():
        tiered = {"tiers": [{"to": 2, "amount": "30"}, {"amount": "20"}], "per": "month"}
        told = story(
            settlement={**document()["settlement"], "member_month": rule, "level_change": level_change,
                        "recover_months": 12, "pay_months": 12},
            services=[OUTREACH, {**VISIT, "maximum": {"units": 3, "within_days": 30}, "bundled_into": ["stay"]},
                      {**VISIT, "code": "day", "price": tiered},
                      {**VISIT, "code": "stay", "price": {**tiered, "per": "episode"}, "authorization": "required"}],
        )  # fmt: skip
        for reference in "AB":
            told.member(reference)
        month = JANUARY
        for verb, one, other in [*steps, ("close", 0, 0)]:
            if verb == "close":
                told.close(month)
                month = add_months(month, 1)
                settled(told)
            else:
                ACTS[verb](told, one, other)
        posted = LedgerEntry.objects.count()
        told.close(month)
        assert not LedgerEntry.objects.exclude(service_month=month).filter(cycle__month=month).exists(), posted
        transaction.set_rollback(True)


def settled(told: Story) -> None:
    found = {proof.code: proof for proof in proofs.of_contract(told.contract)}
    assert [proof.faults for proof in found.values() if not proof.holds] == []
    recomputed = found["recomputation_owes_nothing"]
    assert recomputed.pending == {}
    assert recomputed.figures["owed"]["amount"] == recomputed.figures["posted"]["amount"]
