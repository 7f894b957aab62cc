"""Levels decided in the product: set over what stood, ended, taken back."""

from datetime import date
from typing import Any

import pytest

from accounts.models import Role, User
from accounts.permissions import NotAllowed
from eligibility.models import LevelSpan
from eligibility.operations.levels import NoLevelThere, NoSuchTime, UnknownLevel, end_level, set_level, void_level
from tests.eligibility.conftest import NOON, World
from tests.factories.eligibility import LevelSpanFactory
from tests.factories.feeds import counts, rejected, send

JAN, FEB, MAR, APR, MAY = (date(2026, month, 1) for month in range(1, 6))


@pytest.fixture
def lead(ours: World) -> User:
    LevelSpan.objects.all().delete()
    return ours.at_provider(Role.CLINICAL_LEAD)


def decide(ours: World, lead: User, number: int, level: str, *days: date | None, **more: Any) -> LevelSpan:
    first, before = days
    values = {"decided_on": first, "decided_by": "Dr. Lead", "rationale": "Because", "actor": lead, "now": NOON}
    return set_level(
        contract_id=ours.contract.pk,
        member_id=ours.member.pk,
        level=level,
        starts_on=first,
        ends_before=before,
        decision_no=number,
        **values | more,
    )


def stands(ours: World) -> list[tuple[str, date, date | None, int | None]]:
    spans = LevelSpan.objects.filter(member=ours.member).order_by("starts_on")
    return list(spans.values_list("level", "starts_on", "ends_before", "decision_no"))


def test_a_decision_ends_what_stood_and_does_not_let_it_come_back(ours: World, lead: User):
    decide(ours, lead, 1, "L1", JAN, None)
    decide(ours, lead, 2, "L3", FEB, MAR)

    assert stands(ours) == [("L1", JAN, FEB, 1), ("L3", FEB, MAR, 2)]


def test_a_decision_takes_the_days_of_those_that_begin_inside_it(ours: World, lead: User):
    decide(ours, lead, 1, "L1", FEB, MAR)
    decide(ours, lead, 2, "L2", MAR, MAY)
    decide(ours, lead, 3, "L3", JAN, APR)

    assert stands(ours) == [("L3", JAN, APR, 3), ("L2", APR, MAY, 2)]


def test_a_decision_of_the_same_first_day_is_replaced_whole_and_comes_back_with_a_voiding(ours: World, lead: User):
    decide(ours, lead, 1, "L2", FEB, MAY)
    decide(ours, lead, 2, "L3", FEB, MAR)
    assert stands(ours) == [("L3", FEB, MAR, 2)]

    void_level(
        contract_id=ours.contract.pk, member_id=ours.member.pk, decision_no=2, reason="Wrong", actor=lead, now=NOON
    )

    assert stands(ours) == [("L2", FEB, MAY, 1)]


def test_touching_spans_only_touch(ours: World, lead: User):
    decide(ours, lead, 1, "L2", JAN, FEB)
    decide(ours, lead, 2, "L2", FEB, MAR)

    assert stands(ours) == [("L2", JAN, FEB, 1), ("L2", FEB, MAR, 2)]


def test_an_ended_level_has_no_later_day(ours: World, lead: User):
    decide(ours, lead, 1, "L2", JAN, MAR)
    decide(ours, lead, 2, "L3", MAR, MAY)
    end_level(
        contract_id=ours.contract.pk, member_id=ours.member.pk, ends_before=FEB, reason="Left", actor=lead, now=NOON
    )

    assert stands(ours) == [("L2", JAN, FEB, 1)]


def test_a_voided_decision_gives_its_days_back(ours: World, lead: User):
    LevelSpanFactory(contract=ours.contract, member=ours.member, level="L1", starts_on=JAN)
    decide(ours, lead, 2, "L2", MAR, APR)
    decide(ours, lead, 3, "L3", FEB, MAY)
    assert stands(ours) == [("L1", JAN, FEB, None), ("L3", FEB, MAY, 3)]

    void_level(
        contract_id=ours.contract.pk, member_id=ours.member.pk, decision_no=3, reason="Wrong", actor=lead, now=NOON
    )

    assert stands(ours) == [("L1", JAN, MAR, None), ("L2", MAR, APR, 2)]


def test_days_that_were_decided_since_stay_with_the_later_decision(ours: World, lead: User):
    decide(ours, lead, 1, "L1", JAN, None)
    decide(ours, lead, 2, "L2", FEB, MAR)
    decide(ours, lead, 3, "L3", APR, None)
    void_level(
        contract_id=ours.contract.pk, member_id=ours.member.pk, decision_no=2, reason="Wrong", actor=lead, now=NOON
    )

    assert stands(ours) == [("L1", JAN, APR, 1), ("L3", APR, None, 3)]


def test_days_of_a_voided_decision_that_a_later_one_took_go_to_whom_they_had_been_before(ours: World, lead: User):
    decide(ours, lead, 1, "L1", JAN, MAY)
    decide(ours, lead, 2, "L2", FEB, APR)
    decide(ours, lead, 3, "L3", FEB, MAY)
    of_member = {"contract_id": ours.contract.pk, "member_id": ours.member.pk, "actor": lead, "now": NOON}
    void_level(**of_member, decision_no=2, reason="Wrong")
    assert stands(ours) == [("L1", JAN, FEB, 1), ("L3", FEB, MAY, 3)]

    void_level(**of_member, decision_no=3, reason="Wrong, too")
    assert stands(ours) == [("L1", JAN, MAY, 1)]


def test_nothing_is_ended_or_voided_that_is_not_there(ours: World, lead: User):
    of_member = {"contract_id": ours.contract.pk, "member_id": ours.member.pk, "actor": lead, "now": NOON}
    with pytest.raises(NoLevelThere):
        end_level(**of_member, ends_before=FEB, reason="Left")
    with pytest.raises(NoLevelThere):
        void_level(**of_member, decision_no=7, reason="Wrong")


def test_a_level_is_of_the_terms_and_lasts_a_day(ours: World, lead: User):
    with pytest.raises(UnknownLevel):
        decide(ours, lead, 1, "L9", JAN, None)
    with pytest.raises(NoSuchTime):
        decide(ours, lead, 1, "L1", FEB, FEB)

    assert stands(ours) == []


@pytest.mark.parametrize("role", [Role.INTAKE, Role.SUPERVISOR, Role.FINANCE])
def test_only_a_clinical_lead_of_the_provider_decides_a_level(ours: World, lead: User, role: str):
    for actor in (ours.at_provider(role), ours.at_commissioner(Role.CLINICAL_LEAD)):
        with pytest.raises(NotAllowed):
            decide(ours, actor, 1, "L1", JAN, None)

    assert stands(ours) == []


def test_a_fed_level_that_overlaps_a_decision_is_rejected_and_one_beside_it_is_not(ours: World, lead: User):
    decide(ours, lead, 1, "L2", FEB, MAR)
    header = "member_ref,level,from,to,decided_on,decided_by,rationale\n"
    reference = ours.member.reference
    over = send("levels", ours.contract, f"{header}{reference},L3,2026-02-28,,2026-02-01,Dr. Else,Fed")
    beside = send("levels", ours.contract, f"{header}{reference},L1,2026-01-01,2026-01-31,2026-01-01,Dr. Else,Fed")

    assert (counts(over), rejected(over)) == ((1, 0, 0, 1), [(2, "from", "2026-02-28")])
    assert counts(beside) == (1, 1, 0, 0)
    assert stands(ours) == [("L1", JAN, FEB, None), ("L2", FEB, MAR, 1)]


def test_the_history_says_who_decided_and_why(ours: World, lead: User):
    span = decide(ours, lead, 1, "L2", JAN, None, reason="Decision 1")

    [written] = LevelSpan.history.model.objects.filter(id=span.pk)
    assert (written.history_user_id, written.history_change_reason) == (lead.pk, "Decision 1")
