"""Members for whom nobody asks, and levels that need a decision."""

from datetime import date, timedelta

import pytest
from django.test import Client

from accounts.models import Role
from accounts.permissions import NotAllowed
from accounts.queries.people import system_user
from authorizations.models import MissedEscalation
from authorizations.operations.missed import Looked, look, set_aside
from authorizations.queries.levels import lapsed, lapsed_count, review_due
from eligibility.models import CoverageSpan, LevelSpan
from tests.factories.authorizations import MissedEscalationFactory, RequestFactory
from tests.factories.baseline import ActivityFactory, FollowUpFactory
from tests.factories.care import MONDAY, care
from tests.factories.eligibility import (
    AssignmentFactory,
    CoverageSpanFactory,
    LevelSpanFactory,
    MemberFactory,
    PractitionerFactory,
    TeamFactory,
)

THREE = (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1))


def looked(ours, days=0):
    return look(contract_id=ours.contract.pk, actor=system_user(), now=MONDAY + timedelta(days=days))


def test_who_meets_a_trigger_and_is_not_asked_for_is_listed_once(ours):
    ours.unplanned(*THREE)

    assert looked(ours) == Looked(1, 0)
    assert looked(ours) == Looked(0, 0)
    found = MissedEscalation.objects.get()
    assert (found.member, found.level, found.first_met_on) == (ours.member, "L2", date(2026, 3, 1))
    assert [one["code"] for one in found.triggers] == ["unplanned_contacts"]


def test_overdue_follow_ups_and_rising_scores_are_seen(ours):
    ours.scored(date(2026, 1, 10), 10, "L2")
    ours.scored(date(2026, 3, 1), 15)
    contact = ActivityFactory(contract=ours.contract, member=ours.member, occurred_on=date(2026, 2, 10), planned=False)
    FollowUpFactory(activity=contact, due_on=date(2026, 2, 20))
    looked(ours)
    assert [one["code"] for one in MissedEscalation.objects.get().triggers] == ["deterioration", "missed_follow_up"]


def test_it_ends_when_somebody_asks_and_when_the_record_no_longer_says_so(ours):
    ours.unplanned(*THREE)
    looked(ours)
    ours.asked()
    assert looked(ours) == Looked(0, 1)
    assert MissedEscalation.objects.get().ended_at == MONDAY


def test_facts_that_grow_old_end_it(ours):
    ours.unplanned(*THREE)
    looked(ours)
    assert looked(ours, days=12) == Looked(0, 0)  # the last contact was thirteen days ago
    assert looked(ours, days=13) == Looked(0, 1)


def test_what_was_set_aside_comes_back_on_newer_facts_only(ours):
    ours.unplanned(*THREE)
    looked(ours)
    missed = MissedEscalation.objects.get()
    with pytest.raises(NotAllowed):
        set_aside(missed_id=missed.pk, reason="Fine", actor=ours.practitioner, now=MONDAY)
    set_aside(missed_id=missed.pk, reason="Seen today, stable", actor=ours.at(Role.SUPERVISOR), now=MONDAY)
    assert looked(ours) == Looked(0, 0)
    ours.unplanned(date(2026, 3, 12), date(2026, 3, 13), date(2026, 3, 14))
    assert looked(ours, days=12) == Looked(1, 0)


def test_the_highest_level_and_those_who_are_not_covered_are_not_missed(ours):
    ours.unplanned(*THREE)
    LevelSpan.objects.update(level="L4")
    assert looked(ours) == Looked(0, 0)
    LevelSpan.objects.update(level="L2")
    CoverageSpan.objects.update(ends_before=date(2026, 3, 2))
    assert looked(ours) == Looked(0, 0)


def test_a_level_that_has_ended_without_a_decision_is_lapsed(ours):
    theirs = care("CARE-2")
    last_day = date(2026, 6, 30)

    assert list(lapsed(ours.lead, last_day)) == []
    [span] = lapsed(ours.lead, last_day + timedelta(days=1))
    assert (span.member, span.level, span.request_id) == (ours.member, "L2", None)
    open_one = RequestFactory(contract=ours.contract, member=ours.member, kind="renewal")
    [span] = lapsed(ours.lead, last_day + timedelta(days=1))
    assert span.request_id == open_one.pk
    assert [one.member for one in lapsed(theirs.lead, last_day + timedelta(days=1))] == [theirs.member]


def test_lapsed_is_who_is_covered_and_whose_last_level_is_over(ours):
    """Negative control: without a look at later levels the member's first one is listed as well."""
    after = date(2026, 7, 1)

    def found():
        spans = list(lapsed(ours.lead, after))
        assert lapsed_count(ours.lead, after) == len(spans)
        return spans

    def other(**coverage):
        member = MemberFactory(organisation=ours.contract.provider)
        CoverageSpanFactory(contract=ours.contract, member=member, **coverage)
        return {"contract": ours.contract, "member": member}

    [last] = LevelSpan.objects.filter(member=ours.member)
    LevelSpanFactory(contract=ours.contract, member=ours.member, starts_on=date(2025, 1, 1), ends_before=last.starts_on)
    other()  # of whom no level was ever decided
    left = other(ends_before=date(2026, 5, 1))
    LevelSpanFactory(**left, ends_before=date(2026, 5, 1))
    assert found() == [last]

    for ends_before in (None, date(2026, 8, 1)):
        LevelSpanFactory(**other(), ends_before=ends_before)
    assert found() == [last]

    LevelSpanFactory(contract=ours.contract, member=ours.member, starts_on=date(2026, 9, 1), ends_before=None)
    assert found() == []


def test_a_level_is_due_for_review_two_weeks_before_its_end(ours):
    assert list(review_due(ours.lead, date(2026, 6, 16))) == []
    assert [span.member for span in review_due(ours.lead, date(2026, 6, 17))] == [ours.member]
    assert list(review_due(ours.lead, date(2026, 7, 1))) == []


def test_the_list_is_narrowed_to_ones_own_members_a_team_and_a_level(ours):
    client = Client()
    client.force_login(ours.practitioner, backend="allauth.account.auth_backends.AuthenticationBackend")
    team = TeamFactory(organisation=ours.contract.provider, name="Harbor team")
    mine = PractitionerFactory(organisation=ours.contract.provider, user=ours.practitioner)
    AssignmentFactory(member=ours.member, practitioner=mine, team=team, starts_on=date(2026, 1, 1))
    MissedEscalationFactory(contract=ours.contract, member=ours.member, level="L2")
    other = MissedEscalationFactory(contract=ours.contract, level="L3", member__organisation=ours.contract.provider)

    def shown(query):
        page = client.get(f"/missed-escalations/{query}").content.decode()
        return [one.family_name in page for one in (ours.member, other.member)]

    ours.member.family_name, other.member.family_name = "Ownmember", "Othermember"
    ours.member.save()
    other.member.save()
    assert shown("") == [True, True]
    assert shown("?whose=mine") == shown(f"?team={team.pk}") == shown("?level=L2") == [True, False]
    assert shown("?level=L3") == [False, True]
