"""Accounts, roles and deputies: who may change them, and what a refusal leaves behind."""

from datetime import date, timedelta

import pytest

from accounts.models import AccessEntry, AccessVerb, Deputy, Membership, Role, User
from accounts.operations import people, roles
from accounts.permissions import NotAllowed, may_at
from accounts.queries.people import person as account
from accounts.queries.people import system_user
from blended_pilot.kernel.errors import Unusable
from tests.accounts.conftest import NOW, TODAY, Place
from tests.factories.accounts import MembershipFactory, person

DAY = timedelta(days=1)


def fresh(user: User) -> User:
    """As the next request loads it, without the standings of this one."""
    return User.objects.get(pk=user.pk)


def add(place: Place, actor: User | None = None, **changes: object) -> tuple[User, bool]:
    wish = {
        "actor": actor or place.administrator,
        "now": NOW,
        "email": "new@tidewater.example",
        "name": "New Person",
        "role": Role.FINANCE,
        "organisation": place.organisation,
        "reason": "joined",
        **changes,
    }
    return people.add(**wish)


def test_an_administrator_adds_a_person_with_a_role_from_today(ours: Place) -> None:
    added, changed = add(ours, email="New@Tidewater.example ")

    held = Membership.objects.get(user=added)
    assert changed
    assert (added.email, added.name, added.has_usable_password()) == ("new@tidewater.example", "New Person", False)
    assert (held.role, held.organisation, held.starts_on, held.ends_before) == (
        Role.FINANCE,
        ours.organisation,
        TODAY,
        None,
    )
    entry = AccessEntry.objects.get()
    assert (entry.verb, entry.user, entry.organisation, entry.reason) == (
        AccessVerb.ROLE,
        ours.administrator,
        ours.organisation,
        "joined",
    )
    history = User.history.model.objects.get(id=added.pk)
    assert (history.history_user_id, history.history_change_reason) == (ours.administrator.pk, "joined")


def test_adding_the_same_person_again_changes_nothing(ours: Place) -> None:
    first, _ = add(ours)
    again, changed = add(ours)

    assert (again, changed) == (first, False)
    assert Membership.objects.filter(user=first).count() == 1


@pytest.mark.parametrize("who", ["intake", "auditor"])
def test_only_an_administrator_adds_people(ours: Place, who: str) -> None:
    with pytest.raises(NotAllowed):
        add(ours, actor=getattr(ours, who))

    assert not User.objects.filter(email="new@tidewater.example").exists()
    assert not AccessEntry.objects.exists()


def test_an_administrator_of_another_organisation_adds_nobody_here(ours: Place, theirs: Place) -> None:
    with pytest.raises(NotAllowed):
        add(ours, actor=theirs.administrator)

    assert not User.objects.filter(email="new@tidewater.example").exists()


def test_a_short_password_is_refused_with_the_reason(ours: Place) -> None:
    with pytest.raises(Unusable) as refusal:
        add(ours, password="short")

    assert refusal.value.reasons[0].startswith("This password is too short.")
    assert not User.objects.filter(email="new@tidewater.example").exists()


def test_an_administrator_cannot_set_the_password_of_an_existing_account(ours: Place, theirs: Place) -> None:
    theirs.intake.set_password("the owner knows it")
    theirs.intake.save()

    with pytest.raises(people.Refused):
        add(ours, email=theirs.intake.email, password="a password of the attacker")

    assert fresh(theirs.intake).check_password("the owner knows it")
    assert not Membership.objects.filter(user=theirs.intake, organisation=ours.organisation).exists()


def test_nobody_gives_themselves_a_role(ours: Place) -> None:
    with pytest.raises(roles.OwnRole):
        roles.give(
            actor=ours.administrator,
            now=NOW,
            user=ours.administrator,
            role=Role.FINANCE,
            organisation=ours.organisation,
            reason="I would like to",
        )

    assert list(ours.administrator.memberships.values_list("role", flat=True)) == [Role.ADMINISTRATOR]


def test_a_role_given_again_with_an_end_is_the_same_role_with_that_end(ours: Place) -> None:
    membership, changed = roles.give(
        actor=ours.administrator,
        now=NOW,
        user=ours.intake,
        role=Role.INTAKE,
        organisation=ours.organisation,
        ends_before=TODAY + 30 * DAY,
        reason="fixed term",
    )

    assert changed
    assert (membership.starts_on, membership.ends_before) == (date(2020, 1, 1), TODAY + 30 * DAY)
    assert ours.intake.memberships.count() == 1


def test_a_role_ends_after_its_last_day_and_takes_its_deputies_with_it(ours: Place) -> None:
    membership = ours.intake.memberships.get()
    deputy = name_deputy(ours, ours.administrator, starts_on=TODAY, ends_before=TODAY + 10 * DAY)

    roles.end(
        actor=ours.administrator, now=NOW, membership_id=membership.pk, ends_before=TODAY + 2 * DAY, reason="leaves"
    )

    membership.refresh_from_db()
    deputy.refresh_from_db()
    assert (membership.ends_before, deputy.ends_before) == (TODAY + 2 * DAY, TODAY + 2 * DAY)


def test_the_last_administrator_stays(ours: Place) -> None:
    only = ours.administrator.memberships.get()
    other = MembershipFactory(
        organisation=ours.organisation, role=Role.ADMINISTRATOR, ends_before=TODAY, user__name="gone"
    ).user

    with pytest.raises(roles.OwnRole):
        roles.end(actor=ours.administrator, now=NOW, membership_id=only.pk, ends_before=TODAY, reason="holiday")
    acting = person(Role.ADMINISTRATOR, ours.organisation)
    Membership.objects.filter(user=other).delete()
    roles.end(
        actor=ours.administrator,
        now=NOW,
        membership_id=acting.memberships.get().pk,
        ends_before=TODAY,
        reason="no longer needed",
    )
    # `acting` still has the standing of the request that is under way: the rule, not the permission, has to hold
    acting._standings = frozenset({(ours.organisation.pk, "administrator")})
    with pytest.raises(roles.LastAdministrator):
        roles.end(actor=acting, now=NOW, membership_id=only.pk, ends_before=TODAY, reason="coup")

    only.refresh_from_db()
    assert only.ends_before is None


def name_deputy(place: Place, actor: User, **changes: object) -> Deputy:
    wish = {
        "actor": actor,
        "now": NOW,
        "membership_id": place.intake.memberships.get().pk,
        "user_id": place.auditor.pk,
        "starts_on": TODAY,
        "ends_before": TODAY + 7 * DAY,
        "reason": "leave",
        **changes,
    }
    return roles.name_deputy(**wish)


def test_a_deputy_may_what_the_holder_may_only_within_the_dates(ours: Place) -> None:
    where = ours.organisation.pk
    assert not may_at(ours.auditor, "feed.upload", where)

    deputy = name_deputy(ours, ours.intake)
    assert may_at(fresh(ours.auditor), "feed.upload", where)

    Deputy.objects.filter(pk=deputy.pk).update(starts_on=TODAY - 7 * DAY, ends_before=TODAY)
    assert not may_at(fresh(ours.auditor), "feed.upload", where)
    Deputy.objects.filter(pk=deputy.pk).update(starts_on=TODAY + DAY, ends_before=TODAY + 2 * DAY)
    assert not may_at(fresh(ours.auditor), "feed.upload", where)


def test_a_deputy_acts_in_their_own_name(ours: Place) -> None:
    roles.name_deputy(
        actor=ours.administrator,
        now=NOW,
        membership_id=ours.administrator.memberships.get().pk,
        user_id=ours.intake.pk,
        starts_on=TODAY,
        ends_before=TODAY + DAY,
        reason="leave",
    )
    deputy = fresh(ours.intake)

    added, _ = add(ours, actor=deputy)

    history = User.history.model.objects.get(id=added.pk)
    assert history.history_user_id == deputy.pk
    assert AccessEntry.objects.latest("pk").user == deputy


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"user_id": "intake"}, roles.NotADeputy),
        ({"ends_before": TODAY}, roles.EmptyPeriod),
        ({"starts_on": date(2019, 1, 1)}, roles.NotADeputy),
    ],
)
def test_a_deputy_is_a_colleague_for_a_period_of_the_role(ours: Place, change: dict, refusal: type) -> None:
    if change.get("user_id"):
        change = {"user_id": ours.intake.pk}

    with pytest.raises(refusal):
        name_deputy(ours, ours.administrator, **change)

    assert not Deputy.objects.exists()


def test_somebody_of_another_organisation_is_no_deputy(ours: Place, theirs: Place) -> None:
    with pytest.raises(roles.NotADeputy):
        name_deputy(ours, ours.intake, user_id=theirs.intake.pk)

    assert not Deputy.objects.exists()


def test_nobody_makes_themselves_a_deputy(ours: Place) -> None:
    with pytest.raises(roles.OwnRole):
        name_deputy(ours, ours.administrator, user_id=ours.administrator.pk)

    assert not Deputy.objects.exists()


def test_a_deputy_may_lay_it_down(ours: Place) -> None:
    deputy = name_deputy(ours, ours.intake, starts_on=TODAY, ends_before=TODAY + 3 * DAY)

    roles.end_deputy(actor=ours.auditor, now=NOW + DAY, deputy_id=deputy.pk, reason="ill myself")

    deputy.refresh_from_db()
    assert deputy.ends_before == TODAY + DAY


def test_a_deactivated_account_keeps_its_history_and_can_be_opened_again(ours: Place) -> None:
    assert people.deactivate(actor=ours.administrator, now=NOW, user_id=ours.intake.pk, reason="left")
    assert not people.deactivate(actor=ours.administrator, now=NOW, user_id=ours.intake.pk, reason="left")
    assert (fresh(ours.intake).is_active, fresh(ours.intake).deactivated_at) == (False, NOW)
    with pytest.raises(NotAllowed):
        account(ours.intake.email)

    assert people.reactivate(actor=ours.administrator, now=NOW, user_id=ours.intake.pk, reason="came back")
    assert account(ours.intake.email.upper()) == ours.intake


def test_an_account_that_also_works_elsewhere_is_not_one_administrators_to_close(ours: Place, theirs: Place) -> None:
    MembershipFactory(user=ours.intake, organisation=theirs.organisation, role=Role.INTAKE)

    with pytest.raises(people.WorksElsewhere):
        people.deactivate(actor=ours.administrator, now=NOW, user_id=ours.intake.pk, reason="left")

    assert fresh(ours.intake).is_active


def test_nobody_deactivates_themselves(ours: Place) -> None:
    with pytest.raises(people.Oneself):
        people.deactivate(actor=ours.administrator, now=NOW, user_id=ours.administrator.pk, reason="bye")


def test_the_system_user_is_one_and_cannot_sign_in(db: None) -> None:
    system = system_user()

    assert system_user() == system
    assert (system.is_system, system.has_usable_password()) == (True, False)
    with pytest.raises(Unusable):
        account(system.email)
