"""Teams and practitioners."""

from datetime import UTC, datetime

import pytest

from accounts.models import Role, User
from accounts.permissions import NotAllowed
from eligibility.models import Practitioner, Team
from eligibility.operations.staff import (
    NameTaken,
    NotOfThisOrganisation,
    create_practitioner,
    create_team,
    describe_practitioner,
    rename_team,
)
from tests.eligibility.conftest import World

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_supervisor_creates_and_renames_a_team_with_history(ours: World, supervisor: User) -> None:
    team = create_team(organisation_id=ours.contract.provider_id, name=" Islands ", actor=supervisor, now=NOON)
    rename_team(team_id=team.pk, name="Islands and coast", actor=supervisor, now=NOON)

    history = Team.history.filter(id=team.pk).order_by("history_id").values_list("name", "history_user_id")
    assert list(history) == [("Islands", supervisor.pk), ("Islands and coast", supervisor.pk)]


def test_two_teams_cannot_share_a_name(ours: World, supervisor: User) -> None:
    with pytest.raises(NameTaken):
        create_team(organisation_id=ours.contract.provider_id, name=ours.team.name, actor=supervisor, now=NOON)
    assert Team.objects.count() == 1


def test_a_team_of_another_provider_may_have_the_same_name(ours: World, theirs: World, supervisor: User) -> None:
    team = create_team(organisation_id=ours.contract.provider_id, name=theirs.team.name, actor=supervisor, now=NOON)
    assert team.organisation_id == ours.contract.provider_id


@pytest.mark.parametrize("role", [Role.INTAKE, Role.PRACTITIONER, Role.FINANCE, Role.ADMINISTRATOR, Role.AUDITOR])
def test_other_roles_change_no_team(role: str, ours: World) -> None:
    with pytest.raises(NotAllowed):
        rename_team(team_id=ours.team.pk, name="Mine", actor=ours.at_provider(role), now=NOON)
    ours.team.refresh_from_db()
    assert ours.team.name == "OURSteam"


def test_a_supervisor_elsewhere_changes_no_team_here(ours: World, theirs: World) -> None:
    with pytest.raises(NotAllowed):
        rename_team(team_id=ours.team.pk, name="Mine", actor=theirs.at_provider(Role.SUPERVISOR), now=NOON)


def test_a_practitioner_is_linked_to_a_user_of_the_same_provider(ours: World, supervisor: User) -> None:
    user = ours.at_provider(Role.PRACTITIONER)
    created = create_practitioner(
        organisation_id=ours.contract.provider_id,
        reference="nurse-7",
        name="Nurse Seven",
        user_id=user.pk,
        actor=supervisor,
        now=NOON,
    )
    assert (created.reference, created.name, created.user_id) == ("nurse-7", "Nurse Seven", user.pk)


def test_a_practitioner_is_not_linked_to_somebody_elsewhere(ours: World, theirs: World, supervisor: User) -> None:
    with pytest.raises(NotOfThisOrganisation):
        describe_practitioner(
            practitioner_id=ours.practitioner.pk,
            name="Changed",
            user_id=theirs.at_provider(Role.PRACTITIONER).pk,
            actor=supervisor,
            now=NOON,
        )
    ours.practitioner.refresh_from_db()
    assert (ours.practitioner.name, ours.practitioner.user_id) == ("OURScarer", None)


def test_a_practitioners_reference_stands_once(ours: World, supervisor: User) -> None:
    with pytest.raises(NameTaken):
        create_practitioner(
            organisation_id=ours.contract.provider_id,
            reference="OURSprac",
            name="",
            user_id=None,
            actor=supervisor,
            now=NOON,
        )
    assert Practitioner.objects.count() == 1
