"""A person registered twice: what was asked, decided and missed about them goes along, and comes back."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Role
from accounts.queries.people import system_user
from authorizations.models import Assessment, Decision, Episode, MissedEscalation, Request
from authorizations.operations.corrections import void
from authorizations.operations.decisions import decide
from authorizations.operations.missed import Looked, look
from authorizations.operations.requests import withdraw
from authorizations.queries.proofs import register_proof
from authorizations.queries.review import review
from eligibility.models import LevelSpan, Member, MemberMerge
from eligibility.operations import merges
from tests.factories.care import MONDAY, Care, approval, denial
from tests.factories.eligibility import CoverageSpanFactory, LevelSpanFactory, MemberFactory

THREE = (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1))
LATER = MONDAY + timedelta(days=1)


@pytest.fixture
def twin(ours: Care) -> Member:
    """The same person under another reference, covered and at L2 like `ours.member`, who is to be kept."""
    made = MemberFactory(organisation=ours.contract.provider, reference="TWIN")
    CoverageSpanFactory(contract=ours.contract, member=made, starts_on=date(2026, 1, 1))
    LevelSpanFactory(contract=ours.contract, member=made, level="L2", starts_on=date(2026, 1, 1))
    return made


def about(ours: Care, member: Member) -> Care:
    """The same contract and people, asking about another member."""
    return Care(ours.contract, member, ours.people)


def merged(ours: Care, twin: Member) -> MemberMerge:
    return merges.merge(
        kept_id=ours.member.pk, merged_id=twin.pk, reason="Same passport", actor=ours.at(Role.SUPERVISOR), now=LATER
    )


def parted(ours: Care, merge: MemberMerge) -> MemberMerge:
    return merges.unmerge(merge_id=merge.pk, reason="Sisters", actor=ours.at(Role.SUPERVISOR), now=LATER)


def levels(member: Member) -> list[tuple[str, date, date | None]]:
    return list(member.level_spans.order_by("starts_on").values_list("level", "starts_on", "ends_before"))


def under(member: Member) -> list[set[int]]:
    rows = (Request, Assessment, Episode, MissedEscalation)
    return [set(model.objects.filter(member=member).values_list("pk", flat=True)) for model in rows]


def test_everything_asked_and_decided_goes_along_and_comes_back(ours: Care, twin: Member) -> None:
    hers = about(ours, twin)
    hers.unplanned(*THREE)
    hers.scored(date(2026, 3, 1), 16)
    entry = decide(request_id=hers.asked().pk, verdict=approval(), actor=ours.lead, now=MONDAY)
    window = {"starts_on": date(2026, 3, 2), "ends_before": date(2026, 3, 9)}
    stay = hers.asked("episode", service="stabilization_day", units=Decimal(5), **window)
    given = approval(level="", units=Decimal(5), ends_before=date(2026, 3, 9))
    decide(request_id=stay.pk, verdict=given, actor=ours.lead, now=MONDAY)
    waiting, drafted = hers.asked("step_down", requested_level="L1"), hers.drafted("renewal")
    before = under(twin), levels(twin), levels(ours.member)
    assert [len(rows) for rows in before[0]] == [4, 1, 1, 0]
    LevelSpan.objects.filter(member=ours.member).delete()  # so that the other's level has free days to come over

    merge = merged(ours, twin)

    assert (under(ours.member), under(twin)) == (before[0], [set()] * 4)
    assert (levels(ours.member), levels(twin)) == (before[1], [])
    entry.refresh_from_db()
    assert (entry.member, entry.request.member) == (twin, ours.member)  # sealed as it was; about the one who lives on
    waiting.refresh_from_db()
    assert [one.number for one in review(waiting, LATER).decisions] == [2, 1]
    assert register_proof(ours.contract).faults == []

    parted(ours, merge)

    assert (under(twin), levels(twin)) == before[:2]
    assert under(ours.member) == [set()] * 4
    drafted.refresh_from_db()
    assert drafted.member == twin
    assert register_proof(ours.contract).faults == []


def test_two_open_requests_for_the_same_keep_two_members_apart_until_one_is_withdrawn(ours: Care, twin: Member) -> None:
    mine = ours.asked("step_down", requested_level="L1")
    hers = about(ours, twin).asked("step_down", requested_level="L1")
    before = under(twin), levels(twin)

    with pytest.raises(merges.NotOnePerson) as refusal:
        merged(ours, twin)

    assert refusal.value.sentence == (
        f"{mine} and {hers} ask for the same and are both open. Withdraw one of them, then merge."
    )
    assert (under(twin), levels(twin)) == before
    assert not MemberMerge.objects.exists()
    withdraw(request_id=hers.pk, reason="Asked twice", actor=ours.practitioner, now=LATER)
    merged(ours, twin)
    hers.refresh_from_db()
    assert hers.member == ours.member


def test_two_episodes_of_a_service_on_one_day_keep_two_members_apart(ours: Care, twin: Member) -> None:
    for each, first in ((ours, 2), (about(ours, twin), 5)):
        window = {"starts_on": date(2026, 3, first), "ends_before": date(2026, 3, first + 7)}
        asked = each.asked("episode", service="stabilization_day", units=Decimal(5), **window)
        given = approval(level="", units=Decimal(5), **window)
        decide(request_id=asked.pk, verdict=given, actor=ours.lead, now=MONDAY)

    with pytest.raises(merges.NotOnePerson, match=r"stabilization_day on March 5, 2026: authorisations 1 and 2"):
        merged(ours, twin)


def test_what_is_open_is_decided_for_the_one_who_lives_on(ours: Care, twin: Member) -> None:
    hers = about(ours, twin)
    hers.unplanned(*THREE)
    waiting = hers.asked()
    merge = merged(ours, twin)

    entry = decide(request_id=waiting.pk, verdict=approval(), actor=ours.lead, now=LATER)

    assert entry.member == ours.member
    assert ("L3", entry.starts_on, entry.ends_before) in levels(ours.member)
    assert register_proof(ours.contract).faults == []
    with pytest.raises(merges.NotMerged, match=r"^Decision 1 about RQ-1 was made since, on the record of both"):
        parted(ours, merge)
    before = levels(ours.member)
    assert levels(twin) == []
    void(entry_id=entry.pk, reason="Two people", actor=ours.second_lead, now=LATER)
    assert levels(ours.member) != before
    parted(ours, merge)
    assert [level for level, *_days in levels(twin)] == ["L2"]
    assert [level for level, *_days in levels(ours.member)] == ["L2"]
    assert register_proof(ours.contract).faults == []  # entries under one, their request under the other


def test_a_denial_made_since_does_not_keep_two_people_together(ours: Care, twin: Member) -> None:
    waiting = about(ours, twin).asked("step_down", requested_level="L1")
    merge = merged(ours, twin)
    decide(request_id=waiting.pk, verdict=denial(), actor=ours.lead, now=LATER)
    parted(ours, merge)
    waiting.refresh_from_db()
    assert waiting.member == twin
    assert register_proof(ours.contract).faults == []


def test_an_entry_of_before_is_voided_where_its_level_is_now(ours: Care, twin: Member) -> None:
    hers = about(ours, twin)
    hers.unplanned(*THREE)
    entry = decide(request_id=hers.asked().pk, verdict=approval(), actor=ours.lead, now=MONDAY)
    LevelSpan.objects.filter(member=ours.member).delete()
    merged(ours, twin)
    assert [level for level, *_days in levels(ours.member)] == ["L2", "L3"]

    void(entry_id=entry.pk, reason="Misread", actor=ours.second_lead, now=LATER)

    assert {level for level, *_days in levels(ours.member)} == {"L2"}
    assert Decision.objects.latest("number").member == ours.member
    assert register_proof(ours.contract).faults == []


def test_a_level_that_found_no_free_day_can_be_voided_all_the_same(ours: Care, twin: Member) -> None:
    hers = about(ours, twin)
    hers.unplanned(*THREE)
    entry = decide(request_id=hers.asked().pk, verdict=approval(), actor=ours.lead, now=MONDAY)
    merged(ours, twin)
    before = levels(ours.member)
    void(entry_id=entry.pk, reason="Misread", actor=ours.second_lead, now=LATER)
    assert levels(ours.member) == before


def test_who_was_missed_twice_is_missed_once(ours: Care, twin: Member) -> None:
    ours.unplanned(*THREE)
    about(ours, twin).unplanned(*THREE)
    look(contract_id=ours.contract.pk, actor=system_user(), now=MONDAY)
    assert MissedEscalation.objects.open().count() == 2

    merge = merged(ours, twin)

    assert MissedEscalation.objects.open().get().member == ours.member
    assert MissedEscalation.objects.filter(member=ours.member).count() == 2
    assert look(contract_id=ours.contract.pk, actor=system_user(), now=LATER) == Looked(0, 0)
    parted(ours, merge)
    assert look(contract_id=ours.contract.pk, actor=system_user(), now=LATER) == Looked(1, 0)
    assert set(MissedEscalation.objects.open().values_list("member", flat=True)) == {ours.member.pk, twin.pk}


def test_only_a_merge_takes_a_submitted_request_to_another_member(ours: Care, twin: Member) -> None:
    asked = ours.asked("step_down", requested_level="L1")
    with pytest.raises(DatabaseError, match="only a merge takes it to another"), transaction.atomic():
        Request.objects.filter(pk=asked.pk).update(member=twin)
    decide(request_id=asked.pk, verdict=denial(), actor=ours.lead, now=MONDAY)
    _put_under(asked, twin)
    assert register_proof(ours.contract).faults == ["Entry 1 does not fit request RQ-1."]
    _put_under(asked, ours.member)


def _put_under(asked: Request, member: Member) -> None:
    """Behind the back of every trigger."""
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE authorizations_request SET member_id = %s WHERE id = %s", [member.pk, asked.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
