"""Follow-ups: due after unplanned contacts and ended episodes, completed by the first planned contact."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from accounts.permissions import NotAllowed
from accounts.queries.people import system_user
from baseline.models import Activity, FollowUp
from baseline.operations.follow_ups import (
    EndedEpisode,
    NotOpen,
    Refreshed,
    after_contact,
    after_episode,
    after_episodes,
    cancel,
    refresh,
)
from baseline.queries.follow_ups import mine, overdue
from baseline.rules.follow_ups import days_after_unplanned
from contracts.rules.document.services import Service
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory, FollowUpFactory
from tests.factories.contracts import MINIMAL_DOCUMENT, signed_contract
from tests.factories.eligibility import AssignmentFactory, MemberFactory, PractitionerFactory
from tests.factories.feeds import send

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PACKAGE = {
    "code": "stabilization_day",
    "name": "Stabilization package",
    "kind": "episodic",
    "unit": "day",
    "price": "310.00",
    "authorization": "required",
    "follow_up_days": 7,
}
COSTED = {
    "code": "inpatient_day",
    "name": "Inpatient day",
    "kind": "episodic",
    "unit": "day",
    "price": "as_billed",
    "paid": False,
}


@pytest.fixture
def contract() -> Any:
    return signed_contract(services=[*MINIMAL_DOCUMENT["services"], PACKAGE, COSTED])


@pytest.fixture
def member(contract) -> Any:
    return MemberFactory(organisation=contract.provider, reference="A")


def contact(member: Any, contract: Any, day: int, *, planned: bool, **more: Any) -> Activity:
    return ActivityFactory(contract=contract, member=member, occurred_on=date(2026, 1, day), planned=planned, **more)


def state(follow_up: FollowUp) -> tuple[Any, ...]:
    follow_up.refresh_from_db()
    return follow_up.status, follow_up.due_on.day, follow_up.completed_on and follow_up.completed_on.day


def brought_up(contract: Any, member: Any) -> Refreshed:
    return after_contact(contract_id=contract.pk, member_ids=[member.pk])


def test_a_service_s_own_days_govern_and_the_shortest_of_the_contract_where_it_has_none():
    def service(code: str, **more: Any) -> Service:
        return Service.model_validate({"code": code, "name": code, "kind": "baseline", **more})

    visit = {"kind": "episodic", "price": "1.00"}
    declared = [
        service("outreach"),
        service("crisis", **visit, follow_up_days=3),
        service("package", **visit, authorization="required", follow_up_days=2),
        service("ward", **visit, paid=False),
    ]
    assert days_after_unplanned(declared) == {"outreach": 2, "crisis": 3}
    assert days_after_unplanned(declared[:1]) == {}


def test_an_unplanned_contact_is_followed_up_once_within_the_days_of_the_contract(contract, member):
    unplanned = contact(member, contract, 5, planned=False)

    assert brought_up(contract, member) == Refreshed(made=1, changed=0)
    follow_up = FollowUp.objects.get()
    assert (follow_up.activity, follow_up.service, follow_up.happened_on) == (unplanned, "outreach", date(2026, 1, 5))
    assert state(follow_up) == ("open", 12, None)
    assert brought_up(contract, member) == Refreshed(made=0, changed=0)


@pytest.mark.parametrize(
    "not_a_contact",
    [{"planned": True}, {"planned": False, "attempted": True}, {"planned": False, "service": "inpatient_day"}],
)
def test_planned_attempted_and_costed_work_makes_no_follow_up(contract, member, not_a_contact):
    contact(member, contract, 5, **not_a_contact)

    assert brought_up(contract, member) == Refreshed(made=0, changed=0)


@pytest.mark.parametrize(("day", "completed"), [(5, None), (6, 6), (12, 12), (20, 20)])
def test_the_first_planned_contact_after_day_0_completes_it_in_time_or_late(contract, member, day, completed):
    contact(member, contract, 5, planned=False)
    contact(member, contract, day, planned=True)
    contact(member, contract, 28, planned=True, attempted=True)

    brought_up(contract, member)

    assert state(FollowUp.objects.get()) == ("done" if completed else "open", 12, completed)


def test_a_reversed_contact_opens_it_again_and_a_reversed_cause_takes_it_back(contract, member):
    cause, planned = contact(member, contract, 5, planned=False), contact(member, contract, 7, planned=True)
    brought_up(contract, member)
    follow_up = FollowUp.objects.get()
    assert state(follow_up) == ("done", 12, 7)

    contact(member, contract, 7, planned=True, reverses=planned.activity_ref)
    brought_up(contract, member)
    assert state(follow_up) == ("open", 12, None)

    reversal = contact(member, contract, 5, planned=False, reverses=cause.activity_ref)
    brought_up(contract, member)
    assert state(follow_up) == ("withdrawn", 12, None)

    reversal.delete()
    brought_up(contract, member)
    assert state(follow_up) == ("open", 12, None)


def test_an_ended_episode_is_followed_up_after_its_last_unit_and_moves_with_it(contract, member):
    def ended(day: int | None) -> Refreshed:
        return after_episode(
            contract_id=contract.pk,
            member_id=member.pk,
            service="stabilization_day",
            episode_ref="E1",
            last_unit_on=date(2026, 1, day) if day else None,
            actor=system_user(),
            now=NOON,
        )

    assert ended(8) == Refreshed(made=1, changed=0)
    follow_up = FollowUp.objects.get()
    assert state(follow_up) == ("open", 15, None)

    contact(member, contract, 10, planned=True)
    assert ended(8) == Refreshed(made=0, changed=1)
    assert state(follow_up) == ("done", 15, 10)

    written = FollowUp.history.model.objects.count()
    assert ended(8) == Refreshed(made=0, changed=0)
    assert FollowUp.history.model.objects.count() == written

    ended(10)
    assert state(follow_up) == ("open", 17, None)
    ended(None)
    assert state(follow_up) == ("withdrawn", 17, None)
    ended(9)
    assert state(follow_up) == ("done", 16, 10)


def test_a_service_without_days_asks_for_nothing_after_its_episode(contract, member):
    episodes = [EndedEpisode(member.pk, "crisis_visit", "E1", date(2026, 1, 8))]
    made = after_episodes(contract_id=contract.pk, ended=episodes, actor=system_user(), now=NOON)
    assert made == Refreshed(made=0, changed=0)


def test_a_services_file_brings_them_up_with_its_own_attribution(contract, member):
    header = "activity_ref,member_ref,service,occurred_on,planned\n"
    send("services", contract, header + "1,A,outreach,2026-01-05,no\n2,A,outreach,2026-01-08,yes")
    follow_up = FollowUp.objects.get()
    assert state(follow_up) == ("done", 12, 8)

    send("services", contract, header + "2,A,outreach,2026-01-03,yes")
    assert state(follow_up) == ("open", 12, None)
    assert FollowUp.history.latest("history_id").history_change_reason.startswith("feed services")


def test_a_record_that_was_another_member_s_takes_its_follow_up_along(contract, member):
    other = MemberFactory(organisation=contract.provider, reference="B")
    contact(other, contract, 9, planned=True)
    header = "activity_ref,member_ref,service,occurred_on,planned\n"
    send("services", contract, header + "1,A,outreach,2026-01-05,no")
    send("services", contract, header + "1,B,outreach,2026-01-05,no")

    follow_up = FollowUp.objects.get()
    assert (follow_up.member, *state(follow_up)) == (other, "done", 12, 9)


def test_the_nightly_look_finds_what_nobody_told_and_leaves_other_contracts_alone(contract, member):
    contact(member, contract, 5, planned=False)
    FollowUpFactory(activity__planned=True)

    assert refresh(contract_id=contract.pk, actor=system_user(), now=NOON) == Refreshed(made=1, changed=0)
    assert refresh(contract_id=contract.pk, actor=system_user(), now=NOON) == Refreshed(made=0, changed=0)
    assert set(FollowUp.objects.values_list("status", flat=True)) == {"open"}


def test_a_person_of_the_care_team_cancels_with_a_reason_and_it_stays_cancelled(contract, member):
    contact(member, contract, 5, planned=False)
    brought_up(contract, member)
    follow_up = FollowUp.objects.get()

    with pytest.raises(NotAllowed):
        cancel(follow_up_id=follow_up.pk, reason="Moved", actor=person(Role.FINANCE, contract.provider), now=NOON)
    assert state(follow_up) == ("open", 12, None)

    supervisor = person(Role.SUPERVISOR, contract.provider)
    cancel(follow_up_id=follow_up.pk, reason="Moved away", actor=supervisor, now=NOON)
    contact(member, contract, 7, planned=True)
    brought_up(contract, member)
    assert state(follow_up) == ("cancelled", 12, None)
    with pytest.raises(NotOpen):
        cancel(follow_up_id=follow_up.pk, reason="Again", actor=supervisor, now=NOON)


def test_overdue_counts_days_from_the_day_after_the_due_day(contract, member):
    contact(member, contract, 5, planned=False)
    brought_up(contract, member)
    follow_up = FollowUp.objects.get()

    def found(day: int, days: int = 1) -> list[FollowUp]:
        return list(overdue(contract.pk, member.pk, date(2026, 1, day), days))

    assert (found(12), found(13)) == ([], [follow_up])
    assert (found(18, 7), found(19, 7)) == ([], [follow_up])


def test_mine_are_those_of_the_members_whom_i_look_after(contract, member):
    follow_up = FollowUpFactory(activity__contract=contract, activity__member=member)
    FollowUpFactory(activity__contract=contract)
    me = person(Role.PRACTITIONER, contract.provider)
    practitioner = PractitionerFactory(organisation=contract.provider, user=me)
    AssignmentFactory(member=member, practitioner=practitioner)

    assert list(mine(me, date(2026, 3, 2))) == [follow_up]
    assert list(mine(person(Role.SUPERVISOR, contract.provider), date(2026, 3, 2))) == []


def test_what_is_not_due_yet_is_neither_in_time_nor_late(contract, member, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 1, 20, 12, tzinfo=UTC))
    for day in (14, 19, 20, 28):
        FollowUpFactory(
            activity=contact(member, contract, 7, planned=False, activity_ref=f"C{day}"), due_on=date(2026, 1, day)
        )
    done = contact(member, contract, 9, planned=True)
    FollowUp.objects.filter(due_on=date(2026, 1, 14)).update(
        status="done", completed_by=done, completed_on=done.occurred_on
    )
    client = Client()
    quality = person(Role.QUALITY, contract.provider)
    client.force_login(quality, backend="allauth.account.auth_backends.AuthenticationBackend")

    shown = client.get(f"/activity/follow-ups/in-time/{contract.code}/")
    total = shown.context["total"]
    assert (total.due, total.in_time, total.waiting) == (2, 1, 1)
    assert "first_day=2026-01-01&amp;last_day=2026-01-19" in shown.content.decode()
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 2, 2, 12, tzinfo=UTC))
    assert client.get(f"/activity/follow-ups/in-time/{contract.code}/?month=2026-01").context["total"].due == 4
