"""Caseload figures against arithmetic that goes day by day, and the weeks that wait for a review."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from baseline.models import Activity, FollowUp
from baseline.queries.caseload import NO_TEAM, Caseload, caseload, week
from baseline.queries.reviews import MissingWeek, missing_weeks, weeks_until
from baseline.rules.package import window_from
from baseline.rules.weeks import first_week, has_ended, monday_of, month_of
from contracts.models import Contract
from eligibility.models import Assignment, CoverageSpan, LevelSpan, Member
from tests.baseline.pilots import PACKAGE, covered, random_pilot, reviewed_contract
from tests.factories.baseline import ActivityFactory, FollowUpFactory
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import (
    AssignmentFactory,
    LevelSpanFactory,
    TeamFactory,
)

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2026, 6, 1)
DAY = timedelta(days=1)


@pytest.fixture
def contract() -> Contract:
    return reviewed_contract()


def of(shown: Caseload, member: Member) -> dict[str, tuple[Decimal, int]]:
    return dict(next(one.package for one in shown.members if one.member_id == member.pk))


@pytest.mark.parametrize(
    ("per", "before", "first"),
    [
        ("week", date(2026, 3, 9), date(2026, 3, 2)),
        ("month", date(2026, 3, 31), date(2026, 2, 28)),
        ("month", date(2026, 4, 1), date(2026, 3, 1)),
        ("quarter", date(2026, 1, 15), date(2025, 10, 15)),
        ("half_year", date(2026, 8, 31), date(2026, 2, 28)),
        ("year", date(2024, 2, 29), date(2023, 2, 28)),
    ],
)
def test_a_window_is_the_period_of_its_own_length_that_ends_with_the_week(per, before, first):
    assert window_from(per, before) == first


def test_a_week_belongs_to_the_month_of_its_sunday():
    assert monday_of(date(2026, 3, 1)) == date(2026, 2, 23)
    assert month_of(date(2026, 2, 23)) == date(2026, 3, 1)
    assert month_of(date(2026, 3, 30)) == date(2026, 4, 1)
    assert first_week(date(2026, 3, 1)) == date(2026, 2, 23)
    assert not has_ended(date(2026, 2, 23), date(2026, 3, 1))
    assert has_ended(date(2026, 2, 23), date(2026, 3, 2))


def test_full_cover_at_one_level_expects_what_the_contract_says_and_a_part_of_it_its_share(contract):
    whole = covered(contract, starts_on=date(2025, 6, 1))
    new = covered(contract, starts_on=date(2026, 5, 29))  # 10 of the 31 days before June 8
    LevelSpanFactory(contract=contract, member=new, level="L2", starts_on=date(2026, 5, 29))

    shown = week(contract, MONDAY, team=None)

    assert of(shown, whole) == {"outreach": (Decimal(1), 0), "care_plan": (Decimal(1), 0)}
    assert of(shown, new) == {
        "outreach": (Decimal("0.645161"), 0),
        "care_plan": (Decimal("0.108696"), 0),
    }
    assert [one.missing for one in shown.members] == [["care_plan", "outreach"], []]
    assert (shown.total.members, shown.total.behind, shown.total.served) == (2, 2, 1)


def test_a_level_that_ended_without_a_new_decision_still_stands_for_what_is_expected(contract):
    member = covered(contract, starts_on=date(2025, 6, 1))
    LevelSpanFactory(
        contract=contract, member=member, level="L2", starts_on=date(2025, 6, 1), ends_before=date(2026, 5, 1)
    )

    assert of(week(contract, MONDAY, team=None), member)["outreach"] == (Decimal(2), 0)


def test_a_mixed_window_counts_each_day_at_its_level(contract):
    member = covered(contract, starts_on=date(2025, 6, 1))
    LevelSpanFactory(contract=contract, member=member, level="L2", starts_on=date(2026, 5, 29))

    # 21 days at 1/month, 10 days at 2/month, of 31
    assert of(week(contract, MONDAY, team=None), member)["outreach"] == (Decimal("1.322581"), 0)


def test_members_belong_to_whoever_leads_them_on_their_last_covered_day(contract):
    first, second = TeamFactory(organisation=contract.provider), TeamFactory(organisation=contract.provider)
    moved, leaver, alone = (covered(contract) for _number in range(3))
    CoverageSpan.objects.filter(member=leaver).update(ends_before=date(2026, 6, 4))
    AssignmentFactory(member=moved, team=first, ends_before=date(2026, 6, 5))
    AssignmentFactory(member=moved, team=second, starts_on=date(2026, 6, 5))
    AssignmentFactory(member=leaver, team=first)

    def members(team: int | None) -> set[int]:
        return {one.member_id for one in week(contract, MONDAY, team=team).members}

    assert (members(first.pk), members(second.pk)) == ({leaver.pk}, {moved.pk})
    assert (members(NO_TEAM), members(None)) == ({alone.pk}, {moved.pk, leaver.pk, alone.pk})


def test_a_follow_up_is_late_once_its_day_is_past_also_in_a_week_under_way(contract):
    member = covered(contract)
    caused = ActivityFactory(contract=contract, member=member, occurred_on=date(2026, 5, 28), planned=False)
    FollowUpFactory(activity=caused, due_on=date(2026, 6, 4))

    def late(today: date | None) -> tuple[int, int]:
        total = week(contract, MONDAY, team=None, today=today).total
        return total.waiting, total.late

    on_days = {day: late(date(2026, 6, day)) for day in (3, 4, 5, 8, 30)}
    assert on_days == {3: (1, 0), 4: (1, 0), 5: (1, 1), 8: (1, 1), 30: (1, 1)}
    assert late(None) == (1, 1)
    FollowUp.objects.update(due_on=date(2026, 6, 9))
    assert late(date(2026, 6, 30)) == (1, 0)  # it was not late when the week ended


# --- Day by day, without SQL ---------------------------------------------------------------------------------------


def expected_by_hand(contract: Contract, before: date, member: Member) -> dict[str, tuple[Decimal, int]]:
    """The package of a member on their last covered day before `before`, added up over single days."""
    spans = list(CoverageSpan.objects.filter(member=member, contract=contract))
    levels = sorted(LevelSpan.objects.filter(member=member, contract=contract), key=lambda one: one.starts_on)

    def level_on(day: date) -> str:
        return next((one.level for one in reversed(levels) if one.starts_on <= day), "L1")

    def holds(day: date) -> bool:
        return any(one.starts_on <= day and (one.ends_before is None or day < one.ends_before) for one in spans)

    today = before - DAY
    while not holds(today):
        today -= DAY
    found = {}
    for item in PACKAGE:
        if level_on(today) not in item["expected"]:
            continue
        start = window_from(item["expected"][level_on(today)].split("/")[1], before)
        total, day = Decimal(0), start
        while day < before:
            often = item["expected"].get(level_on(day)) if holds(day) else None
            if often:
                times, per = often.split("/")
                total += Decimal(times) / (before - window_from(per, before)).days
            day += DAY
        records = Activity.objects.filter(member=member, service=item["service"], occurred_on__gte=start)
        cancelled = set(Activity.objects.exclude(reverses="").values_list("reverses", flat=True))
        delivered = [
            one
            for one in records.filter(occurred_on__lt=before, attempted=False, reverses="")
            if one.activity_ref not in cancelled
        ]
        found[item["service"]] = (total.quantize(Decimal("0.00001")), len(delivered))
    return found


@pytest.mark.parametrize("seed", range(3))
def test_every_figure_is_the_one_that_plain_arithmetic_finds(contract, seed):
    members = {member.pk: member for member in random_pilot(contract, seed)}
    before = MONDAY + timedelta(days=7)
    shown = week(contract, MONDAY, team=None)

    inside = CoverageSpan.objects.filter(starts_on__lt=before).exclude(ends_before__lte=MONDAY)
    assert {one.member_id for one in shown.members} == set(inside.values_list("member_id", flat=True))
    for one in shown.members:
        package = {code: (value.quantize(Decimal("0.00001")), count) for code, (value, count) in one.package.items()}
        assert package == expected_by_hand(contract, before, members[one.member_id])

        records = Activity.objects.filter(member=one.member_id, attempted=False, reverses="").exclude(service="ward")
        cancelled = Activity.objects.exclude(reverses="").values_list("reverses", flat=True)
        contacts = [record for record in records.filter(occurred_on__lt=before) if record.activity_ref not in cancelled]
        now = [record for record in contacts if record.occurred_on >= MONDAY]
        assert (one.contacts, one.minutes, one.unplanned) == (
            len(now),
            sum(record.minutes or 0 for record in now),
            sum(not record.planned for record in now),
        )
        assert one.planned_on == max((record.occurred_on for record in contacts if record.planned), default=None)

        due = FollowUp.objects.filter(member=one.member_id, status__in=["open", "done"], happened_on__lt=before)
        waiting = [row for row in due if row.completed_on is None or row.completed_on >= before]
        assert (one.waiting, one.late) == (len(waiting), sum(row.due_on < before for row in waiting))
        missing = [code for code, (value, count) in one.package.items() if count < int(value)]
        within = sum(min(value, count) for value, count in one.package.values())
        less_than_half = within * 2 < sum(value for value, _count in one.package.values())
        assert one.missing == sorted(missing)
        assert one.stand_out == bool((missing and less_than_half) or one.late or one.practitioner_id is None)


@pytest.mark.parametrize("seed", range(3))
def test_every_group_is_the_sum_of_its_members_and_the_teams_share_the_whole(contract, seed):
    random_pilot(contract, seed)
    shown = week(contract, MONDAY, team=None)
    added = ("members", "reached", "contacts", "minutes", "timed", "unplanned", "episodic", "waiting", "late")
    added += ("with_package", "served", "behind", "expected", "delivered", "stand_out")

    def sums(rows: Any) -> list[Any]:
        return [sum(getattr(row, name) for row in rows) for name in added]

    total = sums([shown.total])
    for groups in (shown.members, shown.levels, shown.practitioners, shown.teams):
        assert sums(groups) == total
    teams = [week(contract, MONDAY, team=int(one.key or 0)) for one in shown.teams]
    assert sums([one.total for one in teams]) == total
    assert sum(one.expected for one in shown.services) == shown.total.expected
    assert sum(one.delivered for one in shown.services) == shown.total.delivered
    by_level = defaultdict(int)
    for one in shown.members:
        by_level[one.level] += one.contacts
    assert {one.key: one.contacts for one in shown.levels} == dict(by_level)
    short = week(contract, MONDAY, team=None, each_member=False)
    assert (short.total, short.levels, list(short.members)) == (shown.total, shown.levels, [])


def test_a_month_s_caseload_is_worked_out_the_same_way(contract):
    member = covered(contract, starts_on=date(2025, 6, 1))
    ActivityFactory(contract=contract, member=member, occurred_on=date(2026, 5, 1), minutes=30)
    shown = caseload(contract, starts_on=date(2026, 5, 1), ends_before=date(2026, 6, 1))

    assert of(shown, member)["outreach"] == (Decimal(1), 1)
    assert (shown.total.contacts, shown.total.minutes_per_member) == (1, 30)


# --- Which weeks wait ------------------------------------------------------------------------------------------------


def test_weeks_wait_from_the_one_whose_sunday_is_in_the_term_until_the_last_that_has_ended(contract):
    assert weeks_until(contract, date(2026, 1, 12)) == (date(2025, 12, 29), date(2026, 1, 5))
    assert weeks_until(contract, date(2026, 1, 3)) == (date(2025, 12, 29), date(2025, 12, 22))
    assert weeks_until(contract, date(2030, 1, 1))[1] == date(2027, 12, 20)


def test_a_contract_without_the_gate_asks_for_no_week():
    first, last = weeks_until(signed_contract(), date(2026, 3, 9))
    assert last < first


def test_a_team_s_week_waits_while_somebody_of_it_is_covered(contract):
    team = TeamFactory(organisation=contract.provider)
    TeamFactory(organisation=contract.provider)
    led, alone = covered(contract, starts_on=date(2026, 1, 7)), covered(contract, starts_on=date(2026, 1, 14))
    CoverageSpan.objects.filter(member=led).update(ends_before=date(2026, 1, 21))
    AssignmentFactory(member=led, team=team)
    AssignmentFactory(member=alone, team=None)

    found = missing_weeks(contract, first=date(2025, 12, 29), last=date(2026, 1, 26))

    assert found == [
        MissingWeek(date(2026, 1, 5), team.pk),
        MissingWeek(date(2026, 1, 12), NO_TEAM),
        MissingWeek(date(2026, 1, 12), team.pk),
        MissingWeek(date(2026, 1, 19), NO_TEAM),
        MissingWeek(date(2026, 1, 19), team.pk),
        MissingWeek(date(2026, 1, 26), NO_TEAM),
    ]
    assert Assignment.objects.count() == 2
