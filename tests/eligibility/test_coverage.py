"""Corrections of coverage by hand: what they change, what they refuse, and that a refusal leaves no trace."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Role, User
from accounts.permissions import NotAllowed
from eligibility.models import CoverageSpan, Source
from eligibility.operations.coverage import (
    CoverageOverlaps,
    NothingChanges,
    NotInTheTerms,
    OutsideTheSpan,
    add_coverage,
    change_group,
    correct_dates,
    void_coverage,
)
from tests.eligibility.conftest import World
from tests.factories.eligibility import CoverageSpanFactory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
JANUARY, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)
WHY = "The roster was wrong."


def spans(world: World) -> list[tuple[object, ...]]:
    """(cohort, geography, first day, day after the last, source) of the member's coverage, in order."""
    rows = CoverageSpan.objects.filter(member=world.member).order_by("starts_on")
    return list(rows.values_list("cohort", "geography", "starts_on", "ends_before", "source"))


def test_a_corrected_last_day_stands_with_its_author_and_reason(ours: World, intake: User) -> None:
    correct_dates(span_id=ours.coverage.pk, starts_on=JANUARY, ends_before=MAY, reason=WHY, actor=intake, now=NOON)

    assert spans(ours) == [("adult", "north", JANUARY, MAY, Source.PRODUCT)]
    kept = CoverageSpan.history.filter(id=ours.coverage.pk).order_by("-history_id").first()
    assert (kept.ends_before, kept.history_user_id, kept.history_change_reason) == (MAY, intake.pk, WHY)


def test_a_correction_that_says_what_stands_is_refused(ours: World, intake: User) -> None:
    with pytest.raises(NothingChanges):
        correct_dates(span_id=ours.coverage.pk, starts_on=JANUARY, ends_before=None, reason=WHY, actor=intake, now=NOON)
    assert spans(ours)[0][-1] == Source.FEED


@pytest.mark.parametrize("ends_before", [JANUARY, date(2025, 6, 1)])
def test_a_last_day_before_the_first_is_refused(ends_before: date, ours: World, intake: User) -> None:
    with pytest.raises(CoverageOverlaps):
        correct_dates(
            span_id=ours.coverage.pk, starts_on=JANUARY, ends_before=ends_before, reason=WHY, actor=intake, now=NOON
        )
    assert spans(ours) == [("adult", "north", JANUARY, None, Source.FEED)]


def test_coverage_never_runs_into_the_next(ours: World, intake: User) -> None:
    CoverageSpan.objects.update(ends_before=MARCH)
    CoverageSpanFactory(contract=ours.contract, member=ours.member, starts_on=MAY)
    before = spans(ours)

    with pytest.raises(CoverageOverlaps) as refusal:
        correct_dates(span_id=ours.coverage.pk, starts_on=JANUARY, ends_before=None, reason=WHY, actor=intake, now=NOON)

    assert refusal.value.sentence == "This would run into the coverage from May 1, 2026 to an open end."
    assert spans(ours) == before


def test_touching_spans_are_no_overlap(ours: World, intake: User) -> None:
    CoverageSpan.objects.update(ends_before=MARCH)
    CoverageSpanFactory(contract=ours.contract, member=ours.member, starts_on=MAY)

    correct_dates(span_id=ours.coverage.pk, starts_on=JANUARY, ends_before=MAY, reason=WHY, actor=intake, now=NOON)

    assert [row[2:4] for row in spans(ours)] == [(JANUARY, MAY), (MAY, None)]


def test_another_cohort_from_a_day_on_splits_the_coverage(ours: World, intake: User) -> None:
    change_group(
        span_id=ours.coverage.pk,
        cohort="older",
        geography="south",
        from_day=MARCH,
        reason=WHY,
        actor=intake,
        now=NOON,
    )

    assert spans(ours) == [
        ("adult", "north", JANUARY, MARCH, Source.PRODUCT),
        ("older", "south", MARCH, None, Source.PRODUCT),
    ]


def test_another_cohort_from_the_first_day_changes_the_coverage_whole(ours: World, intake: User) -> None:
    change_group(
        span_id=ours.coverage.pk,
        cohort="older",
        geography="north",
        from_day=JANUARY,
        reason=WHY,
        actor=intake,
        now=NOON,
    )

    assert spans(ours) == [("older", "north", JANUARY, None, Source.PRODUCT)]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (("adult", "north", MARCH), NothingChanges),
        (("older", "north", date(2025, 12, 31)), OutsideTheSpan),
        (("pirates", "north", MARCH), NotInTheTerms),
        (("older", "atlantis", MARCH), NotInTheTerms),
    ],
)
def test_a_group_change_that_cannot_be_is_refused(
    change: tuple[str, str, date], refusal: type[Exception], ours: World, intake: User
) -> None:
    cohort, geography, from_day = change
    with pytest.raises(refusal):
        change_group(
            span_id=ours.coverage.pk,
            cohort=cohort,
            geography=geography,
            from_day=from_day,
            reason=WHY,
            actor=intake,
            now=NOON,
        )
    assert spans(ours) == [("adult", "north", JANUARY, None, Source.FEED)]


def test_voided_coverage_is_gone_and_its_history_stays(ours: World, intake: User) -> None:
    void_coverage(span_id=ours.coverage.pk, reason="Never enrolled.", actor=intake, now=NOON)

    assert spans(ours) == []
    last = CoverageSpan.history.filter(member_id=ours.member.pk).order_by("-history_id").first()
    assert (last.history_type, last.history_user_id, last.history_change_reason) == ("-", intake.pk, "Never enrolled.")


def test_coverage_that_the_roster_left_out_is_added(ours: World, intake: User) -> None:
    CoverageSpan.objects.update(ends_before=MARCH)

    add_coverage(
        member_id=ours.member.pk,
        contract_id=ours.contract.pk,
        cohort="older",
        geography="south",
        starts_on=MAY,
        ends_before=None,
        reason=WHY,
        actor=intake,
        now=NOON,
    )

    assert spans(ours)[1] == ("older", "south", MAY, None, Source.PRODUCT)


@pytest.mark.parametrize(
    "role", [Role.PRACTITIONER, Role.CLINICAL_LEAD, Role.FINANCE, Role.OPERATIONS, Role.AUDITOR, Role.ADMINISTRATOR]
)
def test_only_intake_and_supervisors_correct_coverage(role: str, ours: World) -> None:
    with pytest.raises(NotAllowed):
        void_coverage(span_id=ours.coverage.pk, reason=WHY, actor=ours.at_provider(role), now=NOON)
    assert len(spans(ours)) == 1


def test_neither_the_commissioner_nor_another_provider_corrects_our_coverage(ours: World, theirs: World) -> None:
    for actor in (ours.at_commissioner(Role.COMMISSIONER), theirs.at_provider(Role.INTAKE)):
        with pytest.raises(NotAllowed):
            correct_dates(
                span_id=ours.coverage.pk, starts_on=JANUARY, ends_before=MAY, reason=WHY, actor=actor, now=NOON
            )
    assert spans(ours) == [("adult", "north", JANUARY, None, Source.FEED)]
