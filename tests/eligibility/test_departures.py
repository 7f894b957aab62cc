"""Members who leave, and come back where that was wrong; members who turn out to be one."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Role
from accounts.permissions import NotAllowed
from baseline.models import Activity
from eligibility.models import Assignment, CoverageSpan, Departure, LevelSpan, Member, MemberMerge
from eligibility.operations import departures, merges
from eligibility.operations.coverage import change_group
from eligibility.queries.determinations import one_person
from tests.eligibility.conftest import NOON, World
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory, LevelSpanFactory, MemberFactory
from tests.factories.feeds import counts, rejected, send
from tests.variance.story import FEBRUARY, JANUARY, LONG_AFTER, MARCH, story

LAST = date(2026, 2, 10)
BEFORE = date(2026, 2, 11)


def leave(ours: World, kind: str = "discharge", **more: object) -> Departure:
    values = {"last_day": LAST, "reason": "Goals met", "actor": ours.at_provider(Role.INTAKE), "now": NOON}
    return departures.depart(contract_id=ours.contract.pk, member_id=ours.member.pk, kind=kind, **{**values, **more})


def ends(ours: World) -> list[date | None]:
    models = (CoverageSpan, LevelSpan, Assignment)
    return [model.objects.get(member=ours.member).ends_before for model in models]


@pytest.mark.parametrize("kind", ["discharge", "death", "transfer", "consent"])
def test_who_leaves_has_no_day_after_the_last(ours: World, kind: str):
    AssignmentFactory(member=ours.member)
    found = leave(ours, kind, transferred_to="Marsh Lane")

    assert ends(ours) == [BEFORE, BEFORE, BEFORE]
    assert (found.kind, found.last_day, found.reason) == (kind, LAST, "Goals met")
    assert CoverageSpan.history.model.objects.latest("history_id").history_change_reason == "Goals met"


def test_a_death_does_not_lie_in_the_future_and_a_discharge_may(ours: World):
    tomorrow = (NOON + timedelta(days=1)).date()
    with pytest.raises(departures.NotYet, match="cannot lie in the future"):
        leave(ours, "death", last_day=tomorrow)
    assert not Departure.objects.exists()

    assert leave(ours, "death", last_day=NOON.date()).last_day == NOON.date()
    departures.take_back(
        departure_id=Departure.objects.get().pk, reason="Other", actor=ours.at_provider(Role.INTAKE), now=NOON
    )
    assert leave(ours, "discharge", last_day=tomorrow).last_day == tomorrow


def test_a_departure_that_is_taken_back_leaves_everything_as_it_was(ours: World):
    AssignmentFactory(member=ours.member)
    CoverageSpanFactory(contract=ours.contract, member=MemberFactory(organisation=ours.contract.provider))
    before = [list(model.objects.filter(member=ours.member).values("starts_on", "ends_before")) for model in
              (CoverageSpan, LevelSpan, Assignment)]  # fmt: skip
    found = leave(ours)
    departures.take_back(departure_id=found.pk, reason="Other person", actor=ours.at_provider(Role.INTAKE), now=NOON)

    after = [list(model.objects.filter(member=ours.member).values("starts_on", "ends_before")) for model in
             (CoverageSpan, LevelSpan, Assignment)]  # fmt: skip
    assert after == before
    with pytest.raises(departures.TakenBack):
        departures.take_back(departure_id=found.pk, reason="Again", actor=ours.at_provider(Role.INTAKE), now=NOON)


def test_who_has_come_back_since_is_not_brought_back_twice(ours: World):
    found = leave(ours)
    CoverageSpanFactory(contract=ours.contract, member=ours.member, starts_on=date(2026, 6, 1))
    with pytest.raises(departures.TakenBack):
        departures.take_back(departure_id=found.pk, reason="Wrong", actor=ours.at_provider(Role.INTAKE), now=NOON)

    assert CoverageSpan.objects.filter(member=ours.member).count() == 2


def test_a_departure_needs_a_cover_to_end_a_reason_and_where_to(ours: World):
    for kind, more, refusal in (
        ("transfer", {}, departures.DetailMissing),
        ("discharge", {"reason": "  "}, departures.DetailMissing),
        ("discharge", {"actor": ours.at_provider(Role.FINANCE)}, NotAllowed),
        ("discharge", {"actor": ours.at_commissioner(Role.CLINICAL_LEAD)}, NotAllowed),
    ):
        with pytest.raises(refusal):
            leave(ours, kind, **more)
    leave(ours)
    with pytest.raises(departures.NotCovered):
        leave(ours)

    assert Departure.objects.count() == 1


def test_a_discharge_from_a_closed_month_is_a_difference_in_the_next(db: None):
    told = story()
    member = told.member("A")
    told.close(JANUARY)
    told.close(FEBRUARY)
    departures.depart(
        contract_id=told.contract.pk,
        member_id=member.pk,
        kind="discharge",
        last_day=date(2026, 1, 20),
        reason="Told late",
        actor=person(Role.INTAKE, told.contract.provider),
        now=LONG_AFTER,
    )
    told.close(MARCH)

    assert told.lines(MARCH) == [("2026-02", "baseline", "L1", "", Decimal("-1"), Decimal("-40.00"), "retro_coverage")]


def test_taken_back_money_comes_back(db: None):
    told = story()
    member = told.member("A")
    told.close(JANUARY)
    actor = person(Role.INTAKE, told.contract.provider)
    found = departures.depart(
        contract_id=told.contract.pk, member_id=member.pk, kind="death", last_day=date(2025, 12, 31),
        reason="Mixed up", actor=actor, now=LONG_AFTER,
    )  # fmt: skip
    told.close(FEBRUARY)
    departures.take_back(departure_id=found.pk, reason="Alive", actor=actor, now=LONG_AFTER)
    told.close(MARCH)

    assert [line[0:1] + line[5:] for line in told.lines(FEBRUARY)] == [("2026-01", Decimal("-40.00"), "retro_coverage")]
    assert sorted((line[0], line[5]) for line in told.lines(MARCH)) == [
        ("2026-01", Decimal("40.00")),
        ("2026-02", Decimal("40.00")),
        ("2026-03", Decimal("40.00")),
    ]


def test_a_person_registered_twice_becomes_one_and_two_again(ours: World):
    supervisor = ours.at_provider(Role.SUPERVISOR)
    kept, contract = ours.member, ours.contract
    CoverageSpan.objects.filter(member=kept).update(starts_on=date(2026, 2, 1), ends_before=date(2026, 4, 1))
    twice = MemberFactory(organisation=contract.provider, reference="TWICE")
    CoverageSpanFactory(contract=contract, member=twice, starts_on=date(2026, 1, 1), cohort="older")
    LevelSpanFactory(
        contract=contract, member=twice, level="L3", starts_on=date(2025, 12, 1), ends_before=date(2026, 1, 15)
    )
    record = ActivityFactory(contract=contract, member=twice)
    before = _spans(kept), _spans(twice)

    found = merges.merge(kept_id=kept.pk, merged_id=twice.pk, reason="Same passport", actor=supervisor, now=NOON)

    assert _spans(twice) == ([], [])
    assert _spans(kept) == (
        [
            ("older", date(2026, 1, 1), date(2026, 2, 1)),
            ("adult", date(2026, 2, 1), date(2026, 4, 1)),
            ("older", date(2026, 4, 1), None),
        ],
        [("L3", date(2025, 12, 1), date(2026, 1, 1)), ("L1", date(2026, 1, 1), None)],
    )
    record.refresh_from_db()
    assert record.member == kept
    assert one_person(kept.pk) == [kept.pk, twice.pk]

    merges.unmerge(merge_id=found.pk, reason="Sisters", actor=supervisor, now=NOON)

    assert (_spans(kept), _spans(twice)) == before
    record.refresh_from_db()
    assert record.member == twice
    assert one_person(kept.pk) == [kept.pk]


def _spans(member: Member) -> tuple[list[object], list[object]]:
    return (
        list(member.coverage.order_by("starts_on").values_list("cohort", "starts_on", "ends_before")),
        list(member.level_spans.order_by("starts_on").values_list("level", "starts_on", "ends_before")),
    )


def test_a_merge_is_between_two_free_members_of_one_provider_by_a_supervisor(ours: World, theirs: World):
    supervisor = ours.at_provider(Role.SUPERVISOR)
    other = MemberFactory(organisation=ours.contract.provider)
    third = MemberFactory(organisation=ours.contract.provider)

    def merge(kept: Member, merged: Member, **more: object) -> MemberMerge:
        values = {"reason": "Same", "actor": supervisor, "now": NOON}
        return merges.merge(kept_id=kept.pk, merged_id=merged.pk, **{**values, **more})

    for kept, merged, more, refusal in (
        (other, other, {}, merges.NotOnePerson),
        (other, theirs.member, {}, merges.NotOnePerson),
        (other, third, {"reason": " "}, merges.ReasonMissing),
        (other, third, {"actor": ours.at_provider(Role.INTAKE)}, NotAllowed),
    ):
        with pytest.raises(refusal):
            merge(kept, merged, **more)
    merge(other, third)
    for kept, merged in ((ours.member, third), (third, ours.member), (ours.member, other)):
        with pytest.raises(merges.NotOnePerson):
            merge(kept, merged)

    assert MemberMerge.objects.count() == 1


def test_two_who_are_one_are_paid_once_and_the_money_goes_back_when_they_are_two(db: None):
    told = story()
    first, second = told.member("A"), told.member("B")
    told.visit(second, "V1", JANUARY)
    told.close(JANUARY)
    supervisor = person(Role.SUPERVISOR, told.contract.provider)
    found = merges.merge(kept_id=first.pk, merged_id=second.pk, reason="Same", actor=supervisor, now=LONG_AFTER)
    told.close(FEBRUARY)
    merges.unmerge(merge_id=found.pk, reason="Not so", actor=supervisor, now=LONG_AFTER)
    told.close(MARCH)

    february = [(line[0], line[1], line[5]) for line in told.lines(FEBRUARY)]
    assert sum(amount for *_rest, amount in february) == Decimal("0.00")  # 40 for one in February, 40 back for January
    assert Activity.objects.get().member == second
    march = sum(line[5] for line in told.lines(MARCH))
    assert march == Decimal("160.00")  # two for March, and the second for January and February


def test_a_feed_does_not_bring_a_merged_member_back(ours: World):
    twice = MemberFactory(organisation=ours.contract.provider, reference="TWICE")
    header = "activity_ref,member_ref,service,occurred_on\n"
    send("services", ours.contract, f"{header}S1,TWICE,outreach,2026-02-01")
    supervisor = ours.at_provider(Role.SUPERVISOR)
    merges.merge(kept_id=ours.member.pk, merged_id=twice.pk, reason="Same", actor=supervisor, now=NOON)

    again = send("services", ours.contract, f"{header}S1,TWICE,outreach,2026-02-01\nS2,TWICE,outreach,2026-02-02")
    roster = send("roster", ours.contract, "member_ref,cohort,geography,from\nTWICE,adult,north,2026-01-01")
    levels = send(
        "levels",
        ours.contract,
        "member_ref,level,from,decided_on,decided_by,rationale\nTWICE,L2,2026-01-01,2026-01-01,Dr,Why",
    )

    assert counts(again) == (2, 1, 1, 0)
    assert {record.member for record in Activity.objects.all()} == {ours.member}
    for run in (roster, levels):
        assert rejected(run) == [(2, "member_ref", "TWICE")]
        assert run.rejects.get().sentence.endswith("lives on as that member; send it as OURS-REF.")


def test_days_that_were_mended_after_a_merge_stay_with_whom_they_are(ours: World):
    supervisor = ours.at_provider(Role.SUPERVISOR)
    twice = MemberFactory(organisation=ours.contract.provider)
    span = CoverageSpanFactory(contract=ours.contract, member=twice, ends_before=date(2026, 3, 1))
    found = merges.merge(kept_id=ours.member.pk, merged_id=twice.pk, reason="Same", actor=supervisor, now=NOON)
    change_group(
        span_id=ours.coverage.pk, cohort="older", geography="north", from_day=date(2026, 2, 1), reason="x",
        actor=supervisor, now=datetime(2026, 3, 3, tzinfo=UTC),
    )  # fmt: skip
    merges.unmerge(merge_id=found.pk, reason="Two", actor=supervisor, now=NOON)

    assert list(twice.coverage.values_list("starts_on", "ends_before")) == [(span.starts_on, span.ends_before)]
    assert ours.member.coverage.count() == 2
