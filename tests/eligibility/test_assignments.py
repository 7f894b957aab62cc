"""Who looks after a member: one lead at a time, cover beside it, hand-over whole or not at all."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection

from accounts.models import Role, User
from accounts.permissions import NotAllowed
from eligibility.models import Assignment, AssignmentKind, Member, Source
from eligibility.operations.assignments import (
    AlreadyAssigned,
    HandOver,
    HandOverBlocked,
    NobodyNamed,
    NotInThePeriod,
    NotOneProvider,
    assign,
    cover,
    end_assignment,
    hand_over,
    withdraw_assignment,
)
from tests.eligibility.conftest import World
from tests.factories.eligibility import AssignmentFactory, MemberFactory, PractitionerFactory, TeamFactory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
JANUARY, MARCH, MAY = date(2026, 1, 1), date(2026, 3, 1), date(2026, 5, 1)


@pytest.fixture
def lead(ours: World) -> Assignment:
    """The member's lead since January, as the roster gave it."""
    return AssignmentFactory(member=ours.member, practitioner=ours.practitioner, team=ours.team, starts_on=JANUARY)


def standing(member: Member) -> list[tuple[object, ...]]:
    """(kind, practitioner, team, first day, day after the last, source) of every assignment, in order."""
    rows = Assignment.objects.filter(member=member).order_by("starts_on", "kind")
    return list(rows.values_list("kind", "practitioner", "team", "starts_on", "ends_before", "source"))


def test_assigning_ends_the_lead_before_on_the_day_the_new_one_begins(
    ours: World, lead: Assignment, supervisor: User
) -> None:
    other = PractitionerFactory(organisation=ours.member.organisation)

    assign(
        member_id=ours.member.pk,
        practitioner_id=other.pk,
        team_id=None,
        starts_on=MARCH,
        reason="Moved to the islands.",
        actor=supervisor,
        now=NOON,
    )

    assert standing(ours.member) == [
        ("lead", ours.practitioner.pk, ours.team.pk, JANUARY, MARCH, Source.PRODUCT),
        ("lead", other.pk, None, MARCH, None, Source.PRODUCT),
    ]
    kept = Assignment.history.filter(member_id=ours.member.pk).order_by("-history_id").first()
    assert (kept.history_user_id, kept.history_change_reason) == (supervisor.pk, "Moved to the islands.")


def test_assigning_from_the_leads_own_first_day_corrects_it_in_place(
    ours: World, lead: Assignment, supervisor: User
) -> None:
    other = PractitionerFactory(organisation=ours.member.organisation)

    assign(
        member_id=ours.member.pk,
        practitioner_id=other.pk,
        team_id=ours.team.pk,
        starts_on=JANUARY,
        reason="",
        actor=supervisor,
        now=NOON,
    )

    assert standing(ours.member) == [("lead", other.pk, ours.team.pk, JANUARY, None, Source.PRODUCT)]


def test_assigning_never_writes_over_what_is_planned_for_later(ours: World, supervisor: User) -> None:
    AssignmentFactory(member=ours.member, practitioner=ours.practitioner, team=None, starts_on=MAY)
    before = standing(ours.member)

    with pytest.raises(AlreadyAssigned):
        assign(
            member_id=ours.member.pk,
            practitioner_id=ours.practitioner.pk,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=supervisor,
            now=NOON,
        )

    assert standing(ours.member) == before


def test_assigning_nobody_is_refused(ours: World, supervisor: User) -> None:
    with pytest.raises(NobodyNamed):
        assign(
            member_id=ours.member.pk,
            practitioner_id=None,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=supervisor,
            now=NOON,
        )
    assert not Assignment.objects.exists()


@pytest.mark.parametrize("role", [Role.INTAKE, Role.PRACTITIONER, Role.FINANCE, Role.ADMINISTRATOR])
def test_only_supervisors_and_operations_assign(role: str, ours: World) -> None:
    with pytest.raises(NotAllowed):
        assign(
            member_id=ours.member.pk,
            practitioner_id=ours.practitioner.pk,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=ours.at_provider(role),
            now=NOON,
        )
    assert not Assignment.objects.exists()


def test_a_supervisor_of_another_provider_cannot_assign_our_member(ours: World, theirs: World) -> None:
    with pytest.raises(NotAllowed):
        assign(
            member_id=ours.member.pk,
            practitioner_id=theirs.practitioner.pk,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=theirs.at_provider(Role.SUPERVISOR),
            now=NOON,
        )
    assert not Assignment.objects.exists()


def test_a_practitioner_of_another_provider_cannot_be_assigned(ours: World, theirs: World, supervisor: User) -> None:
    with pytest.raises(NotOneProvider):
        assign(
            member_id=ours.member.pk,
            practitioner_id=theirs.practitioner.pk,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=supervisor,
            now=NOON,
        )
    assert not Assignment.objects.exists()


def test_the_database_refuses_a_practitioner_of_another_provider(ours: World, theirs: World) -> None:
    AssignmentFactory(member=ours.member, practitioner=theirs.practitioner, team=None)
    with pytest.raises(IntegrityError):
        connection.check_constraints()


def test_cover_stands_beside_the_lead_for_its_period(ours: World, lead: Assignment, supervisor: User) -> None:
    stand_in = PractitionerFactory(organisation=ours.member.organisation)

    cover(
        member_id=ours.member.pk,
        practitioner_id=stand_in.pk,
        team_id=None,
        starts_on=MARCH,
        ends_before=MAY,
        reason="Leave",
        actor=supervisor,
        now=NOON,
    )

    assert standing(ours.member) == [
        ("lead", ours.practitioner.pk, ours.team.pk, JANUARY, None, Source.FEED),
        ("cover", stand_in.pk, None, MARCH, MAY, Source.PRODUCT),
    ]


def test_a_second_cover_in_the_same_period_is_refused(ours: World, supervisor: User) -> None:
    AssignmentFactory(member=ours.member, kind=AssignmentKind.COVER, starts_on=JANUARY, ends_before=MAY, team=None)

    with pytest.raises(AlreadyAssigned):
        cover(
            member_id=ours.member.pk,
            practitioner_id=ours.practitioner.pk,
            team_id=None,
            starts_on=MARCH,
            ends_before=date(2026, 6, 1),
            reason="",
            actor=supervisor,
            now=NOON,
        )
    assert Assignment.objects.count() == 1


def test_the_database_refuses_cover_without_an_end(ours: World) -> None:
    with pytest.raises(IntegrityError):
        AssignmentFactory(member=ours.member, kind=AssignmentKind.COVER, ends_before=None)


def test_an_assignment_can_end_earlier_but_not_before_it_began(lead: Assignment, supervisor: User) -> None:
    with pytest.raises(NotInThePeriod):
        end_assignment(assignment_id=lead.pk, ends_before=JANUARY, reason="", actor=supervisor, now=NOON)

    end_assignment(assignment_id=lead.pk, ends_before=MAY, reason="Left the area.", actor=supervisor, now=NOON)

    assert standing(lead.member)[0][3:] == (JANUARY, MAY, Source.PRODUCT)


def test_withdrawing_a_mistake_lets_the_lead_before_go_on(ours: World, lead: Assignment, supervisor: User) -> None:
    other = PractitionerFactory(organisation=ours.member.organisation)
    mistake = assign(
        member_id=ours.member.pk,
        practitioner_id=other.pk,
        team_id=None,
        starts_on=MARCH,
        reason="",
        actor=supervisor,
        now=NOON,
    )

    withdraw_assignment(assignment_id=mistake.pk, reopen=True, reason="Wrong person.", actor=supervisor, now=NOON)

    assert standing(ours.member) == [("lead", ours.practitioner.pk, ours.team.pk, JANUARY, None, Source.PRODUCT)]
    taken_back = Assignment.history.get(id=mistake.pk, history_type="-")
    assert taken_back.history_change_reason == "Wrong person."


def test_a_hand_over_moves_assigns_and_leaves_each_member_as_it_should(
    ours: World, lead: Assignment, supervisor: User
) -> None:
    provider = ours.member.organisation
    successor, team = PractitionerFactory(organisation=provider), TeamFactory(organisation=provider)
    new, there, ending, same_day = (MemberFactory(organisation=provider) for _ in range(4))
    AssignmentFactory(member=there, practitioner=successor, team=team, starts_on=JANUARY)
    AssignmentFactory(member=ending, practitioner=ours.practitioner, team=None, starts_on=JANUARY, ends_before=MAY)
    AssignmentFactory(member=same_day, practitioner=ours.practitioner, team=None, starts_on=MARCH)

    done = hand_over(
        member_ids=[ours.member.pk, new.pk, there.pk, ending.pk, same_day.pk],
        practitioner_id=successor.pk,
        team_id=team.pk,
        starts_on=MARCH,
        reason="Practitioner leaves.",
        actor=supervisor,
        now=NOON,
    )

    assert done == HandOver(moved=3, new=1, unchanged=1)
    assert standing(ours.member) == [
        ("lead", ours.practitioner.pk, ours.team.pk, JANUARY, MARCH, Source.PRODUCT),
        ("lead", successor.pk, team.pk, MARCH, None, Source.PRODUCT),
    ]
    assert standing(new) == [("lead", successor.pk, team.pk, MARCH, None, Source.PRODUCT)]
    assert standing(there) == [("lead", successor.pk, team.pk, JANUARY, None, Source.FEED)]
    assert standing(ending)[1] == ("lead", successor.pk, team.pk, MARCH, MAY, Source.PRODUCT)
    assert standing(same_day) == [("lead", successor.pk, team.pk, MARCH, None, Source.PRODUCT)]
    reasons = set(Assignment.history.filter(source=Source.PRODUCT).values_list("history_change_reason", flat=True))
    assert reasons == {"Practitioner leaves."}


def test_members_handed_to_a_team_keep_their_practitioner(ours: World, lead: Assignment, supervisor: User) -> None:
    team = TeamFactory(organisation=ours.member.organisation)

    hand_over(
        member_ids=[ours.member.pk],
        practitioner_id=None,
        team_id=team.pk,
        starts_on=MARCH,
        reason="",
        actor=supervisor,
        now=NOON,
    )

    assert standing(ours.member)[1][1:3] == (ours.practitioner.pk, team.pk)


def test_one_member_that_cannot_move_stops_the_whole_hand_over(ours: World, lead: Assignment, supervisor: User) -> None:
    provider = ours.member.organisation
    planned = MemberFactory(organisation=provider, reference="PLANNED")
    AssignmentFactory(member=planned, practitioner=ours.practitioner, team=None, starts_on=MAY)
    before = standing(ours.member)

    with pytest.raises(HandOverBlocked) as refusal:
        hand_over(
            member_ids=[ours.member.pk, planned.pk],
            practitioner_id=PractitionerFactory(organisation=provider).pk,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=supervisor,
            now=NOON,
        )

    assert refusal.value.reasons == ("PLANNED: an assignment to OURScarer already begins on May 1, 2026",)
    assert standing(ours.member) == before


def test_a_hand_over_across_providers_is_refused(ours: World, theirs: World, lead: Assignment) -> None:
    with pytest.raises(NotOneProvider):
        hand_over(
            member_ids=[ours.member.pk, theirs.member.pk],
            practitioner_id=ours.practitioner.pk,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=ours.at_provider(Role.SUPERVISOR),
            now=NOON,
        )
    assert standing(theirs.member) == []


def test_a_hand_over_of_three_hundred_asks_as_often_as_one_of_three(
    ours: World, supervisor: User, django_assert_max_num_queries: object
) -> None:
    provider = ours.member.organisation
    members = MemberFactory.create_batch(300, organisation=provider)
    for member in members:
        AssignmentFactory(member=member, practitioner=ours.practitioner, team=ours.team)
    successor = PractitionerFactory(organisation=provider)

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        hand_over(
            member_ids=[member.pk for member in members],
            practitioner_id=successor.pk,
            team_id=None,
            starts_on=MARCH,
            reason="",
            actor=supervisor,
            now=NOON,
        )
