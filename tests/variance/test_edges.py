"""Both sides of every edge: the last day that counts and the first that does not, and which code comes first.

Each was found wanting by a mutant (`python -m tests.mutants variance/sql`): the figures here are worked out by hand.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.variance.story import FEBRUARY, JANUARY, OUTREACH, VISIT, Story, story
from variance.models import PreviewLine, PreviewOutcome

pytestmark = pytest.mark.django_db
LEVEL_RULES = ["snapshot", "highest", "by_days"]


def owed(told: Story, month: date = JANUARY) -> dict[str, Decimal]:
    """What a calculation of the month posts for each level, for its own month."""
    cycle = told.calculated(month)
    lines = PreviewLine.objects.filter(cycle=cycle, component="baseline", service_month=month)
    return {line.level: line.amount for line in lines.order_by("level")}


def outcomes(told: Story, month: date = JANUARY) -> dict[str, list[tuple[str, int | Decimal]]]:
    """Each record's parts, by reference: code and units."""
    cycle = told.calculated(month)
    found: dict[str, list[tuple[str, int | Decimal]]] = {}
    for part in PreviewOutcome.objects.filter(cycle=cycle).select_related("activity").order_by("activity", "code"):
        found.setdefault(part.activity.activity_ref, []).append((part.code, part.quantity))
    return found


def visits(**terms: Any) -> Story:
    return story(services=[OUTREACH, {**VISIT, **terms}])


def day(number: int, month: int = 1) -> date:
    return date(2026, month, number)


@pytest.mark.parametrize("level_change", LEVEL_RULES)
@pytest.mark.parametrize(("rule", "counts"), [("first", 1), ("day_15", 15), ("last", 31)])
def test_whoever_is_covered_up_to_the_day_before_does_not_count(rule: str, counts: int, level_change: str) -> None:
    told = story(settlement={"member_month": rule, "level_change": level_change})
    told.member("through", day(1), day(counts) + (day(2) - day(1)))
    if counts > 1:
        told.member("until", day(1), day(counts))
    told.member("from", day(counts), FEBRUARY)
    assert owed(told) == {"L1": Decimal(40)} or sum(owed(told).values()) == Decimal(80)
    assert PreviewLine.objects.filter(component="baseline").count() == 2


@pytest.mark.parametrize("level_change", LEVEL_RULES)
def test_a_level_ends_with_its_last_day(level_change: str) -> None:
    """L2 until the 14th, L1 from the 15th on, and the 15th is the day that counts."""
    told = story(settlement={"member_month": "day_15", "level_change": level_change})
    member = told.member("A")
    told.level(member, "L2", day(1), day(15))
    told.level(member, "L1", day(15))
    shares = {
        "snapshot": {"L1": Decimal("40.00")},
        "highest": {"L2": Decimal("120.00")},
        "by_days": {"L1": Decimal("21.94"), "L2": Decimal("54.19")},  # 17 and 14 days of 31
    }
    assert owed(told) == shares[level_change]


def test_what_does_not_deliver_a_month() -> None:
    """An attempt, work of the day before and of the day after the month, and work that was reversed."""
    told = story(
        baseline={
            "rates": [{"level": "L1", "amount": "40"}],
            "paid_when": "delivered",
            "package": [{"service": "outreach", "expected": {"L1": "1/month"}}],
        }
    )
    for name in ("attempted", "before", "after", "reversed", "first day", "last day"):
        told.member(name, date(2026, 1, 1))
    members = {member.reference: member for member in told.contract.provider.members.all()}
    told.close(JANUARY)
    told.visit(members["attempted"], "1", day(10, 2), service="outreach", attempted=True)
    told.visit(members["before"], "2", day(31), service="outreach")
    told.visit(members["after"], "3", day(1, 3), service="outreach")
    told.visit(members["reversed"], "4", day(10, 2), service="outreach")
    told.visit(members["reversed"], "5", day(10, 2), service="outreach", reverses="4")
    told.visit(members["first day"], "6", day(1, 2), service="outreach")
    told.visit(members["last day"], "7", day(28, 2), service="outreach")
    cycle = told.calculated(FEBRUARY)
    paid = PreviewLine.objects.filter(cycle=cycle, service_month=FEBRUARY).values_list("member__reference", flat=True)
    assert sorted(paid) == ["first day", "last day"]


def test_the_window_of_a_maximum_counts_both_ends() -> None:
    """Three units in ten days: on the tenth day nothing is left, on the eleventh the first day has gone."""
    told = visits(maximum={"units": 3, "within_days": 10})
    tenth, eleventh = told.member("tenth"), told.member("eleventh")
    for member in (tenth, eleventh):
        told.visit(member, f"{member.reference} 1", day(1), units=3)
    told.visit(tenth, "tenth 2", day(10))
    told.visit(eleventh, "eleventh 2", day(11))
    assert outcomes(told) == {
        "tenth 1": [("paid", 3)],
        "tenth 2": [("maximum_reached", 1)],
        "eleventh 1": [("paid", 3)],
        "eleventh 2": [("paid", 1)],
    }


def test_a_maximum_that_is_just_used_up_refuses_the_next_unit_whatever_else_is_wrong_with_it() -> None:
    told = visits(maximum={"units": 3, "within_days": 10})
    member = told.member("A")
    told.visit(member, "1", day(5), units=3)
    told.visit(member, "2", day(6), verified=False)
    told.visit(member, "3", day(15), verified=False)
    assert outcomes(told) == {"1": [("paid", 3)], "2": [("maximum_reached", 1)], "3": [("unverified", 1)]}


def test_work_that_is_not_paid_uses_up_no_maximum() -> None:
    told = visits(maximum={"units": 3, "within_days": 10})
    member = told.member("A")
    told.visit(member, "1", day(5), units=3, verified=False)
    told.visit(member, "2", day(6), units=2)
    told.visit(member, "3", day(7), units=2)
    assert outcomes(told) == {
        "1": [("unverified", 3)],
        "2": [("paid", 2)],
        "3": [("maximum_reached", 1), ("paid", 1)],
    }


def test_turns_go_by_day_then_time_without_a_time_first_then_reference() -> None:
    told = visits(maximum={"units": 3, "within_days": 1})
    member = told.member("A")
    for reference, hour in (("z", 9), ("b", None), ("a", None), ("y", 8)):
        at = datetime(2026, 1, 5, hour, tzinfo=UTC) if hour else None
        told.visit(member, reference, day(5), occurred_at=at, practitioner=reference)
    assert outcomes(told) == {
        "a": [("paid", 1)],
        "b": [("paid", 1)],
        "y": [("paid", 1)],
        "z": [("maximum_reached", 1)],
    }


def test_a_reversed_record_is_no_original() -> None:
    """The second row says the same and stands by itself; the third is its duplicate."""
    told = visits()
    member = told.member("A")
    told.visit(member, "1", day(5))
    told.visit(member, "1 back", day(5), reverses="1")
    told.visit(member, "2", day(5))
    told.visit(member, "3", day(5))
    assert outcomes(told) == {"1": [("reversed", 1)], "2": [("paid", 1)], "3": [("duplicate", 1)]}


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({}, "duplicate"),
        ({"occurred_at": None}, "duplicate"),
        ({"occurred_at": datetime(2026, 1, 5, 15, tzinfo=UTC)}, "paid"),
        ({"place": "clinic"}, "paid"),
        ({"practitioner": "N-02"}, "paid"),
        ({"units": 2}, "paid"),
        ({"occurred_on": day(6)}, "paid"),
    ],
    ids=str,
)
def test_a_duplicate_says_the_same_of_day_units_place_and_person(other: dict[str, Any], code: str) -> None:
    told = visits()
    member = told.member("A")
    said = {"place": "home", "practitioner": "N-01", "units": 1, "occurred_at": datetime(2026, 1, 5, 9, tzinfo=UTC)}
    on = other.pop("occurred_on", day(5))
    told.visit(member, "1", day(5), **said)
    told.visit(member, "2", on, **{**said, **other})
    found = outcomes(told)
    assert (found["1"][0][0], found["2"][0][0]) == ("paid", code)


def test_the_original_may_be_the_one_without_a_time() -> None:
    told = visits()
    member = told.member("A")
    told.visit(member, "1", day(5))
    told.visit(member, "2", day(5), occurred_at=datetime(2026, 1, 5, 9, tzinfo=UTC))
    assert outcomes(told) == {"1": [("paid", 1)], "2": [("duplicate", 1)]}


def test_filing_is_in_time_on_the_last_day() -> None:
    told = visits(filing_limit_days=10)
    member = told.member("A")
    told.visit(member, "1", day(5), received_on=day(15))
    told.visit(member, "2", day(6), received_on=day(17))
    assert outcomes(told) == {"1": [("paid", 1)], "2": [("late_filing", 1)]}


def test_the_first_code_that_applies_is_the_one() -> None:
    """Duplicate before late filing; criteria before verification; unverified before reversed."""
    told = visits(filing_limit_days=10)
    member = told.member("A")
    told.visit(member, "1", day(5))
    told.visit(member, "2", day(5), received_on=day(20))
    told.visit(member, "3", day(6), verified=False, attempted=True)
    told.visit(member, "4", day(7), verified=False)
    told.visit(member, "4 back", day(7), reverses="4")
    told.visit(member, "5", day(8), criteria_not_met=["acute"], verified=False)
    found = {reference: parts[0][0] for reference, parts in outcomes(told).items()}
    assert found == {
        "1": "paid",
        "2": "duplicate",
        "3": "criteria_not_met",
        "4": "unverified",
        "5": "criteria_not_met",
    }


def test_work_is_enrolled_up_to_the_last_covered_day() -> None:
    told = visits()
    member = told.member("A", day(5), day(20))
    for number in (4, 5, 19, 20):
        told.visit(member, str(number), day(number))
    found = {reference: parts[0][0] for reference, parts in outcomes(told).items()}
    assert found == {"4": "not_enrolled", "5": "paid", "19": "paid", "20": "not_enrolled"}


def test_the_term_ends_with_its_last_day() -> None:
    told = story(services=[OUTREACH, VISIT], term={"from": "2026-01-01", "to": "2026-01-31"})
    member = told.member("A")
    told.visit(member, "last", day(31))
    told.visit(member, "after", day(1, 2))
    assert outcomes(told) == {"last": [("paid", 1)], "after": [("not_enrolled", 1)]}
