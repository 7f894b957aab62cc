"""What becomes known after a month has closed: the difference, its reason, and how far it reaches."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from tests.variance.story import FEBRUARY, JANUARY, MARCH, OUTREACH, VISIT, Story, story
from variance.models import CycleException, LedgerEntry
from variance.queries import proofs
from variance.queries.unpaid import unpaid

pytestmark = pytest.mark.django_db
NINTH = date(2026, 1, 9)
RATES = [{"level": level, "amount": amount} for level, amount in (("L1", "40"), ("L2", "120"), ("L3", "400"))]


def adjustments(told: Story, month: date) -> list[tuple[Any, ...]]:
    """Service month, level or service, quantity, amount, reason."""
    return [(line[0], line[3] or line[2], *line[4:]) for line in told.lines(month) if line[6]]


def explained(told: Story) -> None:
    assert [proof for proof in proofs.of_contract(told.contract) if not proof.holds] == []


def test_removed_coverage_is_taken_back() -> None:
    told = story()
    member = told.member("A")
    told.close(JANUARY)
    span = member.coverage.get()
    span.starts_on = date(2026, 1, 2)
    span.save()
    explained(told)
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "L1", -1, -40, "retro_coverage")]
    told.close(MARCH)
    assert adjustments(told, MARCH) == []
    explained(told)


def test_another_cohort_moves_the_amount() -> None:
    told = story()
    member = told.member("A")
    told.close(JANUARY)
    member.coverage.update(cohort="older")
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [
        ("2026-01", "L1", -1, -40, "retro_coverage"),
        ("2026-01", "L1", 1, 40, "retro_coverage"),
    ]


def test_a_level_decided_later_moves_the_rate() -> None:
    told = story()
    member = told.member("A")
    told.close(JANUARY)
    told.level(member, "L2")
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [
        ("2026-01", "L1", -1, -40, "retro_level"),
        ("2026-01", "L2", 1, 120, "retro_level"),
    ]


def test_a_member_month_without_a_level_is_an_exception_until_one_is_decided() -> None:
    told = story(eligibility=None)
    member = told.member("A")
    told.close(JANUARY)
    assert list(CycleException.objects.values_list("code", "member_id", "quantity")) == [("no_level", member.pk, 1)]
    told.level(member, "L2")
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "L2", 1, 120, "retro_level")]


def test_after_a_level_has_ended_the_lapse_level_is_paid() -> None:
    authorization = {"lapse": {"paid_level": "L1"}}
    told = story(authorization=authorization)
    told.level(told.member("A"), "L3", JANUARY, FEBRUARY)
    told.close(JANUARY)
    told.close(FEBRUARY)
    assert [line[2] for month in (JANUARY, FEBRUARY) for line in told.lines(month)] == ["L3", "L1"]


def test_a_rate_that_was_missing_is_an_exception_until_terms_name_it() -> None:
    told = story(baseline={"rates": RATES[:2]})
    told.level(told.member("A"), "L3")
    told.close(JANUARY)
    assert list(CycleException.objects.values_list("code", "level")) == [("no_rate", "L3")]
    told.new_version(baseline={"rates": RATES})
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "L3", 1, 400, "retro_rate")]


def test_terms_signed_later_with_an_earlier_date_change_closed_months() -> None:
    told = story()
    told.visit(told.member("A"), "v1", NINTH)
    told.close(JANUARY)
    told.new_version(
        baseline={"rates": [{**RATES[0], "amount": "41"}, *RATES[1:]]},
        services=[OUTREACH, {**VISIT, "price": "55.00"}],
    )
    explained(told)
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [
        ("2026-01", "visit", -1, -50, "retro_rate"),
        ("2026-01", "visit", 1, 55, "retro_rate"),
        ("2026-01", "L1", -1, -40, "retro_rate"),
        ("2026-01", "L1", 1, 41, "retro_rate"),
    ]


def test_another_counting_rule_is_a_change_of_terms() -> None:
    told = story()
    told.member("A", date(2026, 1, 5))
    told.close(JANUARY)
    settlement = told.contract.versions.get().document["settlement"]
    told.new_version(settlement={**settlement, "member_month": "any_day"})
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "L1", 1, 40, "terms_changed")]


def test_a_block_changed_by_terms() -> None:
    block = {"code": "core", "name": "Core", "amount": "500.00", "per": "month"}
    told = story(baseline={"rates": RATES, "block": [block]})
    told.close(JANUARY)
    assert told.lines(JANUARY) == [("2026-01", "baseline", "", "core", 1, 500, "")]
    told.new_version(baseline={"rates": RATES, "block": [{**block, "amount": "600.00"}]})
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [
        ("2026-01", "core", -1, -500, "terms_changed"),
        ("2026-01", "core", 1, 600, "terms_changed"),
    ]


def test_work_recorded_late_is_paid_late() -> None:
    told = story()
    member = told.member("A")
    told.close(JANUARY)
    told.visit(member, "v1", NINTH)
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "visit", 1, 50, "late_activity")]


@pytest.mark.parametrize(
    ("wrong", "right", "code", "reason"),
    [
        ({"verified": False}, {"verified_on": NINTH, "verified_by": "Grace"}, "unverified", "late_verification"),
        ({"criteria_not_met": ["acute"]}, {"criteria_not_met": []}, "criteria_not_met", "activity_corrected"),
        ({"attempted": True}, {"attempted": False}, "criteria_not_met", "activity_corrected"),
    ],
)
def test_unpaid_work_put_right_later_is_paid_later(
    wrong: dict[str, Any], right: dict[str, Any], code: str, reason: str
) -> None:
    told = story()
    visit = told.visit(told.member("A"), "v1", NINTH, **wrong)
    told.close(JANUARY)
    assert [(row.activity_ref, row.code, row.amount) for row in unpaid(contract_id=told.contract.pk)] == [
        ("v1", code, 50)
    ]
    type(visit).objects.filter(pk=visit.pk).update(**right)
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "visit", 1, 50, reason)]
    assert list(unpaid(contract_id=told.contract.pk)) == []


def test_a_later_record_is_no_cause_for_an_earlier_one() -> None:
    told = story(services=[OUTREACH, {**VISIT, "maximum": {"units": 3, "within_days": 31}}])
    member = told.member("A")
    told.visit(member, "v1", NINTH, units=2)
    told.visit(member, "v2", date(2026, 1, 10), units=2)
    told.close(JANUARY)
    told.visit(member, "v1-back", NINTH, units=2, reverses="v1")
    told.visit(member, "v3", date(2026, 1, 11))
    told.close(FEBRUARY)
    reasons = LedgerEntry.objects.filter(cycle__month=FEBRUARY, component="activity").order_by("activity__activity_ref")
    assert list(reasons.values_list("activity__activity_ref", "quantity", "reason")) == [
        ("v1", -2, "activity_reversed"), ("v2", 1, "activity_reversed"), ("v3", 1, "late_activity"),
    ]  # fmt: skip


def test_a_record_that_costs_nothing_has_its_reason_too() -> None:
    billed = {**VISIT, "price": "as_billed"}
    told = story(services=[OUTREACH, billed])
    waiting = told.visit(told.member("A"), "v1", NINTH, amount=Decimal(0), verified=False)
    told.close(JANUARY)
    waiting.verified_on, waiting.verified_by = date(2026, 2, 1), "Grace"
    waiting.save()
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "visit", 1, 0, "late_verification")]


def test_a_reversed_record_is_taken_back_and_its_reversal_is_not_listed() -> None:
    told = story()
    member = told.member("A")
    told.visit(member, "v1", NINTH)
    told.close(JANUARY)
    told.visit(member, "v1-back", NINTH, reverses="v1")
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "visit", -1, -50, "activity_reversed")]
    assert [(row.activity_ref, row.code) for row in unpaid(contract_id=told.contract.pk)] == [("v1", "reversed")]


def test_what_shares_a_maximum_changes_for_the_cause_of_the_record_that_changed() -> None:
    told = story(services=[OUTREACH, {**VISIT, "maximum": {"units": 3, "within_days": 31}}])
    member, other = told.member("A"), told.member("B")
    for who, name in ((member, "A"), (other, "B")):
        told.visit(who, f"{name}1", date(2026, 1, 10), units=2)
        told.visit(who, f"{name}2", date(2026, 1, 12), units=2)
    told.close(JANUARY)
    assert [line[3:6] for line in told.lines(JANUARY) if line[3]] == [("visit", 1, 50)] * 2 + [("visit", 2, 100)] * 2

    told.visit(member, "A0", NINTH, units=2)
    span = other.coverage.get()
    span.starts_on = date(2026, 1, 11)
    span.save()
    told.close(FEBRUARY)
    reasons = LedgerEntry.objects.filter(cycle__month=FEBRUARY, component="activity").order_by("activity__activity_ref")
    assert list(reasons.values_list("activity__activity_ref", "quantity", "reason")) == [
        ("A0", 2, "late_activity"), ("A1", -1, "late_activity"), ("A2", -1, "late_activity"),
        ("B1", -2, "retro_coverage"), ("B2", 1, "retro_coverage"),
    ]  # fmt: skip
    explained(told)


def test_a_reversal_lets_the_second_row_be_the_original() -> None:
    told = story()
    member = told.member("A")
    told.visit(member, "v1", NINTH)
    told.visit(member, "v2", NINTH)
    told.close(JANUARY)
    told.visit(member, "v1-back", NINTH, reverses="v1")
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [
        ("2026-01", "visit", -1, -50, "activity_reversed"),
        ("2026-01", "visit", 1, 50, "activity_corrected"),
    ]


def test_a_corrected_date_moves_the_record_between_months() -> None:
    told = story()
    visit = told.visit(told.member("A"), "v1", NINTH)
    told.close(JANUARY)
    told.close(FEBRUARY)
    visit.occurred_on = date(2026, 2, 3)
    visit.save()
    told.close(MARCH)
    assert adjustments(told, MARCH) == [
        ("2026-01", "visit", -1, -50, "activity_corrected"),
        ("2026-02", "visit", 1, 50, "activity_corrected"),
    ]


def test_a_record_corrected_into_a_later_month_waits_for_it() -> None:
    told = story()
    visit = told.visit(told.member("A"), "v1", NINTH)
    told.close(JANUARY)
    visit.occurred_on = date(2026, 3, 3)
    visit.save()
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "visit", -1, -50, "activity_corrected")]
    assert list(unpaid(contract_id=told.contract.pk)) == []
    told.close(MARCH)
    assert ("2026-03", "activity", "L1", "visit", 1, 50, "") in told.lines(MARCH)


def test_coverage_found_later_pays_the_work_that_was_not_enrolled() -> None:
    told = story()
    member = told.member("A", FEBRUARY)
    told.visit(member, "v1", NINTH)
    told.close(JANUARY)
    member.coverage.update(starts_on=JANUARY)
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [
        ("2026-01", "visit", 1, 50, "retro_coverage"),
        ("2026-01", "L1", 1, 40, "retro_coverage"),
    ]


def test_a_late_record_of_a_day_that_was_not_covered_is_paid_for_the_coverage() -> None:
    told = story()
    member = told.member("A", starts_on=date(2026, 1, 10))
    told.close(JANUARY)
    span = member.coverage.get()
    span.starts_on = JANUARY
    span.save()
    told.visit(member, "before", NINTH)
    told.visit(member, "since", date(2026, 1, 10))
    told.close(FEBRUARY)
    reasons = LedgerEntry.objects.filter(cycle__month=FEBRUARY, component="activity").order_by("activity__activity_ref")
    assert list(reasons.values_list("activity__activity_ref", "reason")) == [
        ("before", "retro_coverage"), ("since", "late_activity"),
    ]  # fmt: skip
    explained(told)


def test_delivery_recorded_late_earns_the_month() -> None:
    told = story(baseline={"rates": RATES, "paid_when": "delivered", "package": [
        {"service": "outreach", "expected": {"L1": "1/month"}}]})  # fmt: skip
    member = told.member("A")
    told.close(JANUARY)
    assert told.lines(JANUARY) == []
    assert list(CycleException.objects.values_list("code", flat=True)) == ["not_delivered"]
    told.visit(member, "o1", NINTH, service="outreach", verified=False)
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "L1", 1, 40, "late_activity")]
    told.visit(member, "o1-back", NINTH, service="outreach", reverses="o1")
    told.close(MARCH)
    assert adjustments(told, MARCH) == [("2026-01", "L1", -1, -40, "activity_reversed")]


def test_delivery_moved_to_another_month_takes_the_month_with_it_and_new_terms_give_it_back() -> None:
    baseline = {"rates": RATES, "package": [{"service": "outreach", "expected": {"L1": "1/month"}}]}
    told = story(baseline={**baseline, "paid_when": "delivered"})
    record = told.visit(told.member("A"), "o1", NINTH, service="outreach")
    told.close(JANUARY)
    record.occurred_on = date(2026, 2, 9)
    record.save()
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "L1", -1, -40, "activity_corrected")]
    told.new_version(baseline=baseline)
    told.close(MARCH)
    assert adjustments(told, MARCH) == [("2026-01", "L1", 1, 40, "terms_changed")]
    explained(told)


def test_a_move_to_where_no_rate_is_agreed_is_a_change_of_place() -> None:
    told = story(baseline={"rates": [{"level": "L1", "cohort": "adult", "amount": "40"}]})
    member = told.member("A")
    told.close(JANUARY)
    member.coverage.update(cohort="older")
    told.close(FEBRUARY)
    assert adjustments(told, FEBRUARY) == [("2026-01", "L1", -1, -40, "retro_coverage")]


@pytest.mark.parametrize(
    ("recover", "pay", "ends_before", "posted", "listed"),
    [
        (2, 0, date(2026, 1, 1), [("2026-01", "L1", -1, -40, "retro_coverage")], []),
        (1, 9, date(2026, 1, 1), [], [("2026-01", Decimal(-40))]),
    ],
)
def test_an_overpayment_is_recovered_as_far_as_the_contract_reaches(
    recover: int, pay: int, ends_before: date, posted: list[Any], listed: list[Any]
) -> None:
    told = story(settlement={"recover_months": recover, "pay_months": pay})
    member = told.member("A")
    told.close(JANUARY)
    told.close(FEBRUARY)
    member.coverage.update(starts_on=FEBRUARY)
    told.close(MARCH)
    assert adjustments(told, MARCH) == posted
    reach = CycleException.objects.filter(code="out_of_reach", cycle__month=MARCH)
    assert [(f"{row.service_month:%Y-%m}", row.amount) for row in reach] == listed
    explained(told)


@pytest.mark.parametrize(("pay", "posted"), [(2, 1), (1, 0)])
def test_an_underpayment_is_made_good_as_far_as_the_contract_reaches(pay: int, posted: int) -> None:
    told = story(settlement={"recover_months": 9, "pay_months": pay})
    member = told.member("A", FEBRUARY)
    told.close(JANUARY)
    told.close(FEBRUARY)
    member.coverage.update(starts_on=JANUARY)
    told.close(MARCH)
    assert len(adjustments(told, MARCH)) == posted
    assert CycleException.objects.filter(code="out_of_reach", cycle__month=MARCH).count() == 1 - posted


def test_direction_is_judged_on_the_net_of_a_member_month() -> None:
    told = story(settlement={"recover_months": 1, "pay_months": 2})
    member = told.member("A")
    told.close(JANUARY)
    told.close(FEBRUARY)
    told.level(member, "L2")  # -40 and +120: up by 80, although one row is negative
    told.close(MARCH)
    assert adjustments(told, MARCH)[:2] == [
        ("2026-01", "L1", -1, -40, "retro_level"),
        ("2026-01", "L2", 1, 120, "retro_level"),
    ]


def test_a_ledger_that_somebody_touched_is_found() -> None:
    told = story()
    told.member("A")
    told.close(JANUARY)
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE variance_ledgerentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE variance_ledgerentry SET amount = amount + 1")
    failed = {proof.code for proof in proofs.of_contract(told.contract) if not proof.holds}
    assert failed == {"recomputation_owes_nothing", "ledger_ties_to_statements"}
    assert [proof.faults for proof in proofs.of_everything() if proof.code == "guards_stand"] != [[]]
