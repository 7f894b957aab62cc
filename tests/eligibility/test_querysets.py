"""Who sees which rows. Tried with the defence removed: with `visible_to` returning `self`, every test here fails."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import Membership, Role
from accounts.permissions import PROVIDER_STAFF
from baseline.models import Activity
from eligibility.models import Assignment, CoverageSpan, LevelSpan, Member, Practitioner, Team
from tests.eligibility.conftest import World
from tests.factories.accounts import UserFactory, person
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import ContractFactory
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory

UNDER_CONTRACT = [Member, CoverageSpan, LevelSpan, Activity]
OF_STAFF = [Team, Practitioner, Assignment]


@pytest.fixture(autouse=True)
def rows_of_both(ours: World, theirs: World) -> None:
    for one in (ours, theirs):
        AssignmentFactory(member=one.member, practitioner=one.practitioner, team=one.team)
        ActivityFactory(contract=one.contract, member=one.member)


def seen_organisations(model: type, user: object) -> set[int]:
    return set(model.objects.visible_to(user).values_list("organisation", flat=True))


@pytest.mark.parametrize("model", UNDER_CONTRACT + OF_STAFF)
@pytest.mark.parametrize("role", sorted(PROVIDER_STAFF))
def test_provider_staff_see_their_own_organisation_only(model: type, role: str, ours: World) -> None:
    assert seen_organisations(model, ours.at_provider(role)) == {ours.contract.provider_id}


@pytest.mark.parametrize("model", UNDER_CONTRACT)
@pytest.mark.parametrize("role", [Role.COMMISSIONER, Role.FINANCE, Role.AUDITOR])
def test_the_commissioners_side_sees_through_its_own_contracts(model: type, role: str, ours: World) -> None:
    assert seen_organisations(model, ours.at_commissioner(role)) == {ours.contract.provider_id}


@pytest.mark.parametrize("model", OF_STAFF)
def test_of_the_commissioners_side_only_an_auditor_sees_the_providers_staff(model: type, ours: World) -> None:
    assert seen_organisations(model, ours.at_commissioner(Role.AUDITOR)) == {ours.contract.provider_id}
    assert seen_organisations(model, ours.at_commissioner(Role.COMMISSIONER)) == set()


@pytest.mark.parametrize("model", UNDER_CONTRACT + OF_STAFF)
def test_administrators_strangers_and_nobody_see_nothing(model: type, ours: World) -> None:
    administrator = ours.at_provider(Role.ADMINISTRATOR)
    for user in (administrator, UserFactory(), AnonymousUser()):
        assert seen_organisations(model, user) == set()


@pytest.mark.parametrize("model", UNDER_CONTRACT + OF_STAFF)
def test_a_role_that_ended_shows_nothing(model: type, ours: World) -> None:
    user = ours.at_provider(Role.SUPERVISOR)
    Membership.objects.filter(user=user).update(ends_before="2021-01-01")
    assert seen_organisations(model, user) == set()


def test_a_commissioner_does_not_see_members_of_the_provider_under_another_commissioners_contract(ours: World) -> None:
    elsewhere = ContractFactory(provider=ours.contract.provider)
    other = CoverageSpanFactory(contract=elsewhere)

    seen = Member.objects.visible_to(ours.at_commissioner(Role.COMMISSIONER))

    assert list(seen) == [ours.member]
    assert list(Member.objects.visible_to(person(Role.COMMISSIONER, elsewhere.commissioner))) == [other.member]


def test_a_member_whose_coverage_was_voided_stays_visible_behind_its_ledger_rows(ours: World) -> None:
    ours.coverage.delete()

    assert list(Member.objects.visible_to(ours.at_commissioner(Role.FINANCE))) == [ours.member]
