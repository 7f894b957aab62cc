"""Triggers against the record: windows on both sides of their edges, duplicates, and what is vouched for."""

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authorizations.rules.triggers import Contact, Fact, FollowUpDue, Record, Score, Vouched, judged

TODAY = date(2026, 4, 4)


def contacts(*days, planned=False, service="crisis_visit", same=None):
    return [Contact(pk, day, service, planned, same or (pk,)) for pk, day in enumerate(days, 1)]


def counted(count=3, within_days=90, planned=False, service=None):
    return SimpleNamespace(
        code="repeated", kind="activity_count", count=count, within_days=within_days, planned=planned, service=service
    )


def found(trigger, on=TODAY, vouched=None, **known):
    [finding] = judged([trigger], Record(on, **known), vouched or {})
    return finding


def test_three_within_ninety_days_with_the_third_on_day_89():
    days = [date(2026, 1, 5), date(2026, 2, 20), date(2026, 4, 4)]
    finding = found(counted(), contacts=contacts(*days))

    assert (finding.met, finding.found, finding.since) == (True, 3, TODAY)
    assert [fact.on for fact in finding.facts] == days


def test_on_day_90_the_first_lies_outside():
    finding = found(counted(), contacts=contacts(date(2026, 1, 4), date(2026, 2, 20), date(2026, 4, 4)))

    assert (finding.met, finding.found, finding.since) == (False, 2, None)


def test_a_window_may_have_ended_some_days_ago_and_not_longer_than_it_lasts():
    cluster = contacts(date(2026, 3, 10), date(2026, 3, 15), date(2026, 3, 22))

    assert found(counted(within_days=14), contacts=cluster).met
    assert not found(counted(within_days=14), on=date(2026, 4, 5), contacts=cluster).met


def test_what_comes_after_the_day_says_nothing_yet():
    later = contacts(TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))

    assert found(counted(), contacts=later).found == 2


def test_planned_work_and_other_services_do_not_count_where_the_contract_says_so():
    days = [TODAY - timedelta(days=offset) for offset in (2, 1, 0)]

    assert found(counted(), contacts=contacts(*days, planned=True)).found == 0
    assert found(counted(planned=None), contacts=contacts(*days, planned=True)).found == 3
    assert found(counted(service="outreach"), contacts=contacts(*days)).found == 0


def test_one_contact_that_two_systems_report_counts_once():
    days = [TODAY - timedelta(days=1), TODAY - timedelta(days=1), TODAY]
    twice = contacts(*days)
    twice[1] = Contact(2, days[1], "crisis_visit", False, twice[0].same)

    assert found(counted(), contacts=twice).found == 2


@pytest.mark.parametrize(
    ("scores", "rise"),
    [
        ([(59, 10), (0, 14)], 4),
        ([(60, 10), (0, 14)], 0),  # sixty days count both ends
        ([(50, 10), (20, 18), (0, 12)], 2),  # it fell again: the latest score counts
        ([(50, 12), (20, 9), (0, 14)], 5),  # against the lowest in the window
        ([(10, 10)], 0),
        ([(90, 3), (61, 10), (60, 14)], 0),  # the latest score is too old
    ],
)
def test_a_rise_is_of_the_latest_score_over_the_lowest_in_its_window(scores, rise):
    trigger = SimpleNamespace(code="worse", kind="score_rise", instrument="acuity", by=4, within_days=60)
    known = [Score(pk, TODAY - timedelta(days=ago), "acuity", score) for pk, (ago, score) in enumerate(scores)]
    finding = found(trigger, scores=[*known, Score(99, TODAY, "other", 30)])

    assert (finding.found, finding.met) == (rise, rise >= 4)


def test_a_follow_up_counts_from_so_many_days_overdue():
    trigger = SimpleNamespace(code="missed", kind="follow_up_overdue", days=7)
    on_time, late = TODAY - timedelta(days=6), TODAY - timedelta(days=7)

    assert not found(trigger, follow_ups=[FollowUpDue(1, on_time)]).met
    finding = found(trigger, follow_ups=[FollowUpDue(1, on_time), FollowUpDue(2, late)])
    assert (finding.met, finding.found, [fact.pk for fact in finding.facts], finding.since) == (True, 7, [2], TODAY)


def test_what_is_attested_needs_its_evidence():
    trigger = SimpleNamespace(code="safeguarding", kind="attested", evidence="required")
    file = Fact("evidence", 1, TODAY, "note.pdf")

    assert not found(trigger).met
    said = found(trigger, vouched={"safeguarding": Vouched("Seen.")})
    assert (said.met, said.evidence_missing) == (False, True)
    assert found(trigger, vouched={"safeguarding": Vouched("Seen.", (file,))}).met
    free = SimpleNamespace(code="safeguarding", kind="attested", evidence="none")
    assert found(free, vouched={"safeguarding": Vouched("Seen.")}).met


@given(st.lists(st.integers(0, 120), max_size=30), st.integers(1, 6), st.integers(1, 60))
def test_a_count_is_met_exactly_when_some_window_holds_enough(offsets, count, within):
    days = sorted(TODAY - timedelta(days=offset) for offset in offsets)
    recent = TODAY - timedelta(days=within - 1)
    expected = any(
        sum(last - timedelta(days=within - 1) <= day <= last for day in days) >= count
        for last in days
        if last >= recent
    )

    assert found(counted(count, within), contacts=contacts(*days)).met == expected
