"""What each reader sees of who a member is."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Role
from accounts.permissions import NotAllowed
from eligibility.models import Member
from eligibility.operations.identities import ReasonTooShort, reveal
from eligibility.queries import Shown, identity, identity_of, shown_reference
from eligibility.queries.identities import Demographics
from tests.eligibility.conftest import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def shown(user: object, world: World) -> Shown:
    return identity(user, [world.member])[world.member.pk]


@pytest.mark.parametrize("role", [Role.INTAKE, Role.PRACTITIONER, Role.SUPERVISOR, Role.CLINICAL_LEAD, Role.QUALITY])
def test_the_care_team_and_quality_see_name_reference_and_demographics(role: str, ours: World) -> None:
    assert shown(ours.at_provider(role), ours) == Shown(
        member_id=ours.member.pk,
        pseudonym=ours.member.pseudonym,
        reference="OURS-REF",
        name="OURSgiven OURSfamily",
        demographics=Demographics(date(1950, 2, 3), "", "", "", ""),
    )


@pytest.mark.parametrize("role", [Role.FINANCE, Role.ANALYST, Role.OPERATIONS])
def test_other_provider_staff_see_the_reference_only(role: str, ours: World) -> None:
    assert shown(ours.at_provider(role), ours) == Shown(
        member_id=ours.member.pk, pseudonym=ours.member.pseudonym, reference="OURS-REF", name=None, demographics=None
    )


@pytest.mark.parametrize("role", [Role.COMMISSIONER, Role.FINANCE, Role.CLINICAL_LEAD, Role.QUALITY, Role.AUDITOR])
def test_the_commissioners_side_sees_a_pseudonym(role: str, ours: World) -> None:
    seen = shown(ours.at_commissioner(role), ours)

    assert seen == Shown(
        member_id=ours.member.pk, pseudonym=ours.member.pseudonym, reference=None, name=None, demographics=None
    )
    assert (seen.code, seen.label, seen.identified) == (ours.member.pseudonym, ours.member.pseudonym, False)


def test_the_providers_auditor_sees_a_pseudonym(ours: World) -> None:
    assert shown(ours.at_provider(Role.AUDITOR), ours).label == ours.member.pseudonym


def test_a_care_team_role_elsewhere_shows_no_name_here(ours: World, theirs: World) -> None:
    seen = shown(theirs.at_provider(Role.CLINICAL_LEAD), ours)

    assert (seen.name, seen.reference) == (None, None)


def test_the_expression_agrees_with_the_function_for_every_reader(ours: World, theirs: World) -> None:
    """Tried with the expression's condition removed: it then gives every reader the reference, and this fails."""
    members = list(Member.objects.all())
    for user in (
        ours.at_provider(Role.FINANCE),
        ours.at_commissioner(Role.FINANCE),
        theirs.at_provider(Role.AUDITOR),
    ):
        by_function = {pk: one.code for pk, one in identity(user, members).items()}
        by_expression = dict(Member.objects.annotate(code=shown_reference(user)).values_list("pk", "code"))
        assert by_expression == by_function


def test_identity_of_ids_takes_one_query_and_leaves_out_who_does_not_exist(
    ours: World, theirs: World, django_assert_num_queries: object
) -> None:
    user = ours.at_provider(Role.FINANCE)
    identity(user, [])  # reads the standings, once per request

    with django_assert_num_queries(1):  # type: ignore[operator]
        found = identity_of(user, [ours.member.pk, theirs.member.pk, 0])

    assert {pk: one.code for pk, one in found.items()} == {
        ours.member.pk: "OURS-REF",
        theirs.member.pk: theirs.member.pseudonym,
    }


@pytest.mark.parametrize("role", [Role.COMMISSIONER, Role.AUDITOR])
def test_a_reveal_shows_the_name_once_and_demographics_never(role: str, ours: World) -> None:
    user = ours.at_commissioner(role)

    revealed = reveal(member_id=ours.member.pk, reason="Complaint 17 names this person.", actor=user, now=NOON)

    seen = identity(user, [ours.member], revealed=revealed)[ours.member.pk]
    assert (seen.name, seen.reference, seen.demographics, seen.identified) == (
        "OURSgiven OURSfamily",
        "OURS-REF",
        None,
        True,
    )
    assert shown(user, ours).name is None


def test_a_reveal_without_a_reason_is_refused(ours: World) -> None:
    with pytest.raises(ReasonTooShort):
        reveal(member_id=ours.member.pk, reason="  because ", actor=ours.at_commissioner(Role.AUDITOR), now=NOON)


def test_commissioner_finance_may_not_reveal(ours: World) -> None:
    with pytest.raises(NotAllowed):
        reveal(
            member_id=ours.member.pk, reason="I would like to know.", actor=ours.at_commissioner(Role.FINANCE), now=NOON
        )


def test_nobody_reveals_a_member_of_another_commissioners_contract(ours: World, theirs: World) -> None:
    with pytest.raises(Member.DoesNotExist):
        reveal(
            member_id=theirs.member.pk,
            reason="I would like to know.",
            actor=ours.at_commissioner(Role.COMMISSIONER),
            now=NOON,
        )
