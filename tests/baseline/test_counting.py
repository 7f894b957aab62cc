"""How a record counts, in the words that whoever records it reads."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from baseline.models import Activity
from baseline.operations import recording, verification
from baseline.queries import authorisation, counting
from baseline.queries.authorisation import Asked, Authorisation
from baseline.queries.counting import Counted, counted
from baseline.queries.sentences import told
from baseline.rules import edits
from baseline.rules.expected import Stretch, stretch_of
from eligibility.models import CoverageSpan, LevelSpan
from tests.baseline.pilot import NOON, OUTREACH, TODAY, VISIT, Pilot, pilot
from tests.factories.baseline import ActivityFactory


def judge(here: Pilot, entry: recording.Entry = VISIT, **changes: Any) -> Counted:
    """How an entry would count if it were recorded now."""
    entry = replace(entry, **changes)
    [found] = counted([recording.draft(contract=here.contract, member_id=here.member.pk, entry=entry, now=NOON)])
    return found


def sentence(here: Pilot, found: Counted, *, money: bool = False) -> str:
    return told(found, here.contract, with_money=money).sentence


@pytest.fixture
def episodes(monkeypatch: pytest.MonkeyPatch) -> dict[Asked, Authorisation]:
    """What is authorised, by question; the stage above answers in the program."""
    known: dict[Asked, Authorisation] = {}
    monkeypatch.setattr(authorisation, "_answers", [lambda asked: {one: known[one] for one in asked if one in known}])
    return known


def allow(here: Pilot, episodes: dict[Asked, Authorisation], service: str, units: int) -> None:
    for offset in range(30):
        day = TODAY - timedelta(days=offset)
        episodes[Asked(here.contract.pk, here.member.pk, service, day)] = Authorisation(
            "EP-1", TODAY - timedelta(days=29), TODAY + timedelta(days=1), Decimal(units), Decimal(units)
        )


@pytest.mark.parametrize(
    ("per", "day", "stretch"),
    [
        ("week", date(2026, 3, 1), Stretch(date(2026, 2, 23), date(2026, 3, 2))),
        ("month", date(2026, 12, 31), Stretch(date(2026, 12, 1), date(2027, 1, 1))),
        ("quarter", date(2026, 5, 4), Stretch(date(2026, 4, 1), date(2026, 7, 1))),
        ("half_year", date(2026, 7, 1), Stretch(date(2026, 7, 1), date(2027, 1, 1))),
        ("year", date(2026, 2, 1), Stretch(date(2026, 1, 1), date(2027, 1, 1))),
    ],
)
def test_a_day_lies_in_one_stretch_of_the_calendar(per: Any, day: date, stretch: Stretch) -> None:
    assert stretch_of(per, day) == stretch


def test_baseline_work_is_counted_against_what_the_level_expects(here: Pilot) -> None:
    here.record(occurred_on=date(2026, 2, 27))
    first, second = here.record(occurred_on=date(2026, 3, 2)), here.record(occurred_on=date(2026, 3, 9))
    here.record(attempted=True)
    gone = here.record(occurred_on=date(2026, 3, 1))
    recording.reverse(activity_id=gone.pk, reason="Wrong", actor=here.carer, now=NOON)

    assert [one.nth for one in counted([first, second])] == [1, 2]
    assert sentence(here, judge(here, OUTREACH)) == "Baseline, expected 2 this month, this is the 3rd."
    assert sentence(here, judge(here, OUTREACH, attempted=True)).startswith("Baseline, attempted")
    assert sentence(here, judge(here, OUTREACH, service="plan")) == (
        "Baseline, not expected at L2: shown as delivery, never billed."
    )


def test_what_is_expected_stands_when_the_paid_level_has_lapsed(db: None) -> None:
    here = pilot(authorization={"lapse": {"paid_level": "L1"}})
    LevelSpan.objects.filter(member=here.member).update(ends_before=date(2026, 3, 1))
    found = judge(here, OUTREACH)

    assert (found.level, found.origin, found.care) == ("L1", "lapsed", "L2")
    assert sentence(here, found) == "Baseline, expected 2 this month, this is the 1st."


def test_a_level_counts_from_the_day_it_is_in_force(here: Pilot) -> None:
    assert judge(here, OUTREACH, occurred_on=date(2026, 1, 20)).level == "L1"  # provisional
    LevelSpan.objects.filter(member=here.member).update(level="L3")

    assert (judge(here).code, judge(here, OUTREACH).expected is not None) == ("in_baseline_package", True)


def test_every_reason_is_told_with_what_to_do_about_it(here: Pilot, episodes: dict[Asked, Authorisation]) -> None:
    """One record for each code of the unpaid list that a person who records can meet."""
    original = here.record(VISIT)
    found = {
        "duplicate": judge(here),
        "late_filing": judge(here, occurred_on=TODAY - timedelta(days=21), place="Ward"),
        "no_authorization": judge(here, service="package", criteria_met=()),
        "criteria_not_met": judge(here, place="Ward", criteria_met=(), criteria_not_met=("acute",)),
        "no_price": judge(here, service="ride", criteria_met=()),
    }
    LevelSpan.objects.filter(member=here.member).update(level="L3")
    found["in_baseline_package"] = judge(here, place="Ward")
    LevelSpan.objects.filter(member=here.member).update(level="L2")
    allow(here, episodes, "package", 2)
    found["bundled"] = judge(here, place="Ward")
    ActivityFactory(
        contract=here.contract, member=here.member, service="package", occurred_on=TODAY - timedelta(days=1),
        units=2, verified_on=TODAY, verified_by="Ward",
    )  # fmt: skip
    found["units_exceeded"] = judge(here, service="package", criteria_met=())
    episodes.clear()
    recording.reverse(activity_id=original.pk, reason="Wrong", actor=here.carer, now=NOON)
    [found["reversed"]] = counted([Activity.objects.get(pk=original.pk)])
    ActivityFactory(
        contract=here.contract, member=here.member, service="visit", occurred_on=TODAY - timedelta(days=1), units=3,
        verified_on=TODAY, verified_by="Ward",
    )  # fmt: skip
    found["maximum_reached"] = judge(here, place="Ward")
    CoverageSpan.objects.filter(member=here.member).update(ends_before=date(2026, 3, 1))
    found["not_enrolled"] = judge(here)

    assert {expected: one.code for expected, one in found.items()} == {code: code for code in found}
    assert set(found) == set(edits.CODES) - {"unverified"}
    for code, one in found.items():
        words = told(one, here.contract, with_money=False)
        assert words.sentence.startswith("Will not be paid: "), code
        assert words.remedy, code


def test_a_record_that_fits_in_part_says_how_much(here: Pilot) -> None:
    found = judge(here, units=Decimal(4))

    assert (found.code, found.units) == ("maximum_reached", 3)
    assert sentence(here, found) == "Will be paid for 3 only: the contract pays at most 3 within 30 days."


def test_work_that_waits_uses_up_what_is_limited_and_what_was_sent_back_does_not(here: Pilot) -> None:
    waiting = here.record(VISIT, units=Decimal(3))

    found = judge(here, place="Ward")
    assert (found.code, found.units) == ("maximum_reached", 0)

    verification.reject(activity_id=waiting.pk, reason="Which day?", actor=here.supervisor, now=NOON)
    assert judge(here, place="Ward").code == ""
    [back] = counted([Activity.objects.get(pk=waiting.pk)])
    assert sentence(here, back) == (
        "An episode, sent back: counts once it is corrected and somebody else has verified it."
    )


def test_the_same_baseline_work_twice_is_asked_about_and_counts(here: Pilot) -> None:
    first = here.record()
    words = told(judge(here, OUTREACH), here.contract, with_money=False)

    assert words.sentence == (
        f"Baseline, expected 2 this month, this is the 2nd. {first.activity_ref} of that day says the same."
    )
    assert words.remedy.startswith("If it is the same piece of work, it need not be recorded.")
    [again] = counted([here.record()])
    assert told(again, here.contract, with_money=False).remedy.startswith("If it is the same piece of work, reverse")
    for other in ({"place": "Ward"}, {"attempted": True}, {"units": Decimal(2)}):
        assert judge(here, OUTREACH, **other).original == ""
    assert judge(here, OUTREACH).original == first.activity_ref


def test_a_clean_record_is_paid_once_somebody_else_has_verified_it(here: Pilot) -> None:
    assert sentence(here, judge(here)) == "An episode, will be paid once somebody else has verified it."
    assert "$185.00 a visit" in sentence(here, judge(here), money=True)
    assert sentence(here, judge(here, service="bed", criteria_met=())).startswith("Costed: will be counted")


def test_authorised_units_are_drawn_on_in_turn(here: Pilot, episodes: dict[Asked, Authorisation]) -> None:
    allow(here, episodes, "package", 3)
    here.record(VISIT, service="package", criteria_met=(), occurred_on=TODAY - timedelta(days=2))

    found = judge(here, service="package", criteria_met=(), units=Decimal(5))

    assert (found.units, found.code, found.authorisation and found.authorisation.number) == (
        2,
        "units_exceeded",
        "EP-1",
    )


def test_a_closed_month_names_the_cycle_of_the_difference(here: Pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "last_closed", lambda contract_id: date(2026, 2, 1))

    late = told(judge(here, OUTREACH, occurred_on=date(2026, 2, 27)), here.contract, with_money=False)

    assert late.later == "February 2026 is closed: what this changes will appear in the cycle of March 2026."
    assert told(judge(here, OUTREACH), here.contract, with_money=False).later == ""


def test_the_number_of_queries_does_not_grow(here: Pilot, django_assert_max_num_queries: Any) -> None:
    records = [
        here.record(
            VISIT, member=here.another_member(), submission=uuid4(), occurred_at=datetime(2026, 3, 9, tzinfo=UTC)
        )
        for _ in range(6)
    ]
    with django_assert_max_num_queries(7):  # one of them tells the database for whom it is asked
        counted(records)
