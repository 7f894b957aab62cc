"""Months of large contracts counted at night: the same as counting now, or they say that they may not be."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from baseline.models import Activity
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import run, start_series
from blended_pilot.kernel.periods import each_month
from contracts.models import Contract
from eligibility.models import CoverageSpan, LevelSpan
from tests.baseline.pilots import covered, random_pilot, reviewed_contract
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory
from tests.factories.eligibility import LevelSpanFactory
from variance.models import MonthCount
from variance.operations.counts import Counted, count_months, mark
from variance.queries import counts
from variance.queries.bought import bought

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 8, 20, 6, tzinfo=UTC)
MONTHS = list(each_month(date(2026, 1, 1), date(2026, 8, 1)))
Change = Callable[[Contract, random.Random], None]


@pytest.fixture
def contract() -> Contract:
    return reviewed_contract()


def counted(contract: Contract, now: datetime = NIGHT) -> Counted:
    return count_months(contract_id=contract.pk, since=mark(contract_id=contract.pk), now=now)


def differing(contract: Contract) -> tuple[list[int], list[int]]:
    """(months whose kept figures are not those of now, months that say that they may not be)."""
    other, said = [], []
    for month in MONTHS:
        kept = bought(contract, month, rule=None)
        assert kept.counted_at is not None
        if replace(kept, counted_at=None, changed=False) != bought(contract, month, rule=None, kept=False):
            other.append(month.month)
        if kept.changed:
            said.append(month.month)
    return other, said


def late_record(contract: Contract, chance: random.Random) -> None:
    span = chance.choice(list(CoverageSpan.objects.filter(contract=contract, ends_before=None).order_by("pk")))
    ActivityFactory(contract=contract, member=span.member, occurred_on=date(2026, 5, 11), minutes=20)


def reversal(contract: Contract, chance: random.Random) -> None:
    """Dated in July, of a record of the spring."""
    records = Activity.objects.filter(
        contract=contract, reverses="", attempted=False, occurred_on__gte=date(2026, 3, 1), occurred_on__lt="2026-06-01"
    )
    one = chance.choice(list(records.exclude(activity_ref__in=Activity.objects.values("reverses")).order_by("pk")))
    ActivityFactory(
        contract=contract,
        member=one.member,
        service=one.service,
        occurred_on=date(2026, 7, 9),
        reverses=one.activity_ref,
    )


def moved_record(contract: Contract, chance: random.Random) -> None:
    records = list(Activity.objects.filter(contract=contract, reverses="", occurred_on__gte=date(2026, 4, 1)))
    one = chance.choice(records)
    Activity.objects.filter(pk=one.pk).update(occurred_on=one.occurred_on + timedelta(days=45))


def ended_cover(contract: Contract, chance: random.Random) -> None:
    spans = list(CoverageSpan.objects.filter(contract=contract, ends_before=None, starts_on__lt=date(2026, 4, 1)))
    CoverageSpan.objects.filter(pk=chance.choice(spans).pk).update(ends_before=date(2026, 6, 17))


def earlier_cover(contract: Contract, chance: random.Random) -> None:
    spans = list(CoverageSpan.objects.filter(contract=contract, starts_on__gte=date(2026, 4, 1)).order_by("pk"))
    one = chance.choice(spans)
    CoverageSpan.objects.filter(pk=one.pk).update(starts_on=one.starts_on - timedelta(days=40))


def voided_cover(contract: Contract, chance: random.Random) -> None:
    covered_in = CoverageSpan.objects.filter(contract=contract, starts_on__gte=date(2026, 4, 1))
    chance.choice(list(covered_in.order_by("pk"))).delete()


def new_level(contract: Contract, chance: random.Random) -> None:
    span = chance.choice(list(CoverageSpan.objects.filter(contract=contract, ends_before=None)))
    LevelSpan.objects.filter(member=span.member, ends_before=None).update(ends_before=date(2026, 6, 20))
    LevelSpan.objects.filter(member=span.member, starts_on__gte=date(2026, 6, 20)).delete()
    LevelSpan.objects.filter(member=span.member, ends_before__gt=date(2026, 6, 20)).update(ends_before="2026-06-20")
    LevelSpanFactory(contract=contract, member=span.member, level="L3", starts_on=date(2026, 6, 20), ends_before=None)


CHANGES: list[Change] = [
    late_record, reversal, moved_record, ended_cover, earlier_cover, voided_cover, new_level,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_kept_figures_are_those_of_now_or_say_that_they_may_not_be(contract: Contract, change: Change) -> None:
    chance = random.Random(5)  # noqa: S311
    random_pilot(contract, 5)
    assert counted(contract) == Counted(counted=8, same=0)
    assert differing(contract) == ([], [])

    for _number in range(3):
        change(contract, chance)
    other, said = differing(contract)
    assert other
    assert set(other) <= set(said)
    assert 1 not in said  # none of the changes goes back to the first month

    again = counted(contract)
    assert again.counted > 0
    assert differing(contract) == ([], [])
    assert counted(contract) == Counted(counted=0, same=8)


def test_the_end_of_a_level_and_the_group_of_a_cover_change_no_figure_and_leave_the_count(contract: Contract) -> None:
    random_pilot(contract, 2)
    counted(contract)
    LevelSpan.objects.filter(contract=contract, ends_before=None).update(rationale="Other")
    CoverageSpan.objects.filter(contract=contract).update(cohort="older")
    assert differing(contract) == ([], [])


def test_another_contract_s_records_leave_the_count(contract: Contract) -> None:
    random_pilot(contract, 2)
    counted(contract)
    other = reviewed_contract(code="OTHER")
    ActivityFactory(contract=other, member=covered(other), occurred_on=date(2026, 5, 8))
    assert differing(contract) == ([], [])


def test_what_is_written_while_it_is_counted_is_found_the_next_night(contract: Contract) -> None:
    random_pilot(contract, 2)
    since = mark(contract_id=contract.pk)
    late_record(contract, random.Random(1))  # noqa: S311
    count_months(contract_id=contract.pk, since=since, now=NIGHT)
    assert 5 in differing(contract)[1]


def jobs_done(now: datetime) -> list[tuple[str, Any]]:
    start_series(name="nightly", period="%Y-%m-%d", kinds=["variance.count_months"], now=now)
    while waiting := Job.objects.filter(status=Status.QUEUED).order_by("pk").first():
        run(job_id=waiting.pk, clock=lambda: now)
    return [(job.kind, job.status) for job in Job.objects.order_by("pk")]


@pytest.mark.django_db(transaction=True)
def test_a_night_counts_large_contracts_alone_and_the_page_says_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NIGHT)
    contract = reviewed_contract()
    covered(contract, starts_on=date(2026, 1, 1))
    assert jobs_done(NIGHT) == [("variance.count_months", "done")]
    assert not MonthCount.objects.exists()

    monkeypatch.setattr(counts, "LARGE", 1)
    done = jobs_done(NIGHT + timedelta(days=1))
    assert done[1:] == [
        ("variance.count_months", "done"), ("variance.mark_contract", "done"), ("variance.count_contract", "done"),
    ]  # fmt: skip
    assert Job.objects.get(kind="variance.count_contract").result == {"counted": 8, "same": 0}

    client = Client()
    commissioner = person(Role.COMMISSIONER, contract.commissioner)
    client.force_login(commissioner, backend="allauth.account.auth_backends.AuthenticationBackend")
    address = f"/bought/{contract.code}/2026-05/"
    assert "Nothing written since changes this month." in client.get(address).content.decode()
    late_record(contract, random.Random(1))  # noqa: S311
    page = client.get(address)
    assert "Count now, which takes a while" in page.content.decode()
    assert page.context["found"].contacts == 0
    page = client.get(address, {"counted": "now"})
    assert page.context["found"].contacts == 1
    assert "By what is recorded now" in page.content.decode()
    assert "?export=csv&amp;counted=now" in page.content.decode()
