"""The watch on the clocks: warnings once, lateness as the contract says, and nothing twice."""

from datetime import date, timedelta

import pytest

from accounts.models import Notice, Role
from accounts.queries.people import system_user
from authorizations.models import Decision, Request
from authorizations.operations.decisions import decide
from authorizations.operations.lateness import Watched, watch
from authorizations.operations.questions import answer, ask
from authorizations.operations.queue import claim
from contracts.models import Escalation
from eligibility.models import LevelSpan
from tests.factories.accounts import DeputyFactory, UserFactory
from tests.factories.authorizations import RequestFactory
from tests.factories.care import AUTHORIZATION, MONDAY, approval, care, denial
from tests.factories.contracts import ContractFactory

THREE = (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1))


def late(policy, **more):
    return {"clocks": {**AUTHORIZATION["clocks"], "late": policy, **more}}


def asked(of, **wish):
    of.unplanned(*THREE)
    return of.asked(**wish)


def look(now):
    return watch(actor=system_user(), now=now)


def sentences(user):
    return list(Notice.objects.filter(user=user).order_by("pk").values_list("sentence", flat=True))


def test_the_lead_is_warned_first_and_then_deputies_and_supervisors(ours):
    request, supervisor, other = asked(ours, urgency="expedited"), ours.at(Role.SUPERVISOR), ours.second_lead
    claim(request_id=request.pk, actor=ours.lead, now=MONDAY)
    deputy = UserFactory()
    DeputyFactory(membership=ours.lead.memberships.get(), user=deputy)

    assert look(MONDAY + timedelta(hours=35, minutes=59)) == Watched(0, 0)
    assert look(MONDAY + timedelta(hours=36)) == Watched(1, 0)
    assert look(MONDAY + timedelta(hours=36)) == Watched(0, 0)
    assert [sentences(user) for user in (deputy, supervisor)] == [[], []]
    assert look(MONDAY + timedelta(hours=58)) == Watched(1, 0)
    assert look(MONDAY + timedelta(hours=59)) == Watched(0, 0)

    due = "Due March 5, 2026, 9 a.m."
    assert sentences(ours.lead) == [
        f"{request}: 50% of the time for the decision is used. {due}",
        f"{request}: 80% of the time for the decision is used. {due}",
    ]
    assert sentences(deputy) == sentences(supervisor) == [sentences(ours.lead)[1]]
    assert sentences(other) == []


def test_a_provider_with_two_contracts_is_told_under_which_one(ours):
    ContractFactory(provider=ours.contract.provider)
    request = asked(ours, urgency="expedited")
    claim(request_id=request.pk, actor=ours.lead, now=MONDAY)
    look(MONDAY + timedelta(hours=36))
    assert sentences(ours.lead)[-1].startswith(f"{request} (CARE-1): 50% of the time")


def test_what_nobody_has_taken_warns_every_lead(ours):
    asked(ours, urgency="expedited")
    leads = (ours.lead, ours.second_lead)
    look(MONDAY + timedelta(hours=40))
    assert [len(sentences(lead)) for lead in leads] == [1, 1]


def test_lateness_escalates_once(ours):
    request = asked(ours)
    ours.lead  # noqa: B018 - somebody to be told
    assert look(request.due_at) == Watched(1, 0)  # the last moment is in time
    assert look(request.due_at + timedelta(seconds=1)) == Watched(0, 1)
    assert look(request.due_at + timedelta(hours=1)) == Watched(0, 0)

    late = [sentence for sentence in sentences(ours.lead) if "not decided in time" in sentence]
    assert [sentence.startswith(f"Decision late {request}") for sentence in late] == [True]  # told once, not twice
    escalation = Escalation.objects.get()
    assert (escalation.sign, escalation.subject, escalation.url) == (
        "decision_late",
        str(request),
        f"/queue/{request.pk}/",
    )
    request.refresh_from_db()
    assert (request.status, Decision.objects.count()) == ("submitted", 0)
    entry = decide(request_id=request.pk, verdict=approval(), actor=ours.lead, now=request.due_at + timedelta(hours=2))
    assert entry.in_time is False


def test_a_late_request_is_denied_by_the_contract_until_somebody_confirms(db):
    ours = care(**late("deny"))
    request = asked(ours)
    look(request.due_at + timedelta(minutes=1))
    look(request.due_at + timedelta(minutes=2))
    given = Decision.objects.get()
    request.refresh_from_db()

    assert (given.automatic, given.outcome, given.decided_by.is_system) == (True, "denied", True)
    assert (request.status, request in Request.objects.waiting()) == ("automatic", True)
    confirmed = decide(request_id=request.pk, verdict=denial(), actor=ours.lead, now=request.due_at)
    assert (confirmed.kind, confirmed.number, confirmed.replaces) == ("confirmation", 2, given)
    request.refresh_from_db()
    assert request.status == "decided"


def test_what_the_contract_denied_may_be_approved_after_all(db):
    ours = care(**late("deny"))
    request = asked(ours)
    look(request.due_at + timedelta(minutes=1))
    entry = decide(request_id=request.pk, verdict=approval(), actor=ours.lead, now=request.due_at)

    assert (entry.kind, entry.outcome) == ("supersession", "approved")
    assert LevelSpan.objects.filter(level="L3", decision_no=entry.number).exists()


def test_a_late_request_is_granted_within_the_limits(db):
    ours = care(**late("grant"))
    request = asked(ours, starts_on=date(2026, 2, 20))
    look(request.due_at + timedelta(minutes=1))
    given = Decision.objects.get()

    assert (given.outcome, given.level, given.starts_on, given.ends_before) == (
        "approved",
        "L3",
        date(2026, 3, 2),  # not before receipt
        date(2026, 5, 31),  # ninety days
    )
    assert LevelSpan.objects.get(level="L3").decision_no == 1
    confirmed = decide(
        request_id=request.pk,
        verdict=approval(starts_on=given.starts_on, ends_before=given.ends_before),
        actor=ours.lead,
        now=request.due_at,
    )
    assert confirmed.kind == "confirmation"
    assert LevelSpan.objects.get(level="L3").decision_no == 1


def test_a_grant_that_is_not_confirmed_is_taken_back(db):
    ours = care(**late("grant"))
    request = asked(ours)
    look(request.due_at + timedelta(minutes=1))
    decide(request_id=request.pk, verdict=denial(), actor=ours.lead, now=request.due_at)

    [span] = LevelSpan.objects.filter(member=ours.member)
    assert (span.level, span.starts_on, span.ends_before) == ("L2", date(2026, 1, 1), date(2026, 7, 1))


def test_a_granted_step_down_keeps_its_notice(db):
    ours = care(**late("grant"))
    request = ours.asked("step_down", requested_level="L1")
    now = request.due_at + timedelta(minutes=1)
    look(now)
    assert Decision.objects.get().starts_on == date(2026, 3, 20)


def test_a_clock_that_stands_is_neither_warned_of_nor_late(db):
    ours = care(**late("escalate", information_request={"effect": "pause"}))
    request = asked(ours, urgency="expedited")
    ask(request_id=request.pk, text="Since when?", actor=ours.lead, now=MONDAY + timedelta(hours=10))
    assert look(MONDAY + timedelta(hours=500)) == Watched(0, 0)
    answer(request_id=request.pk, text="Friday.", actor=ours.practitioner, now=MONDAY + timedelta(hours=110))
    request.refresh_from_db()

    assert (request.stopped_at, request.due_at) == (None, MONDAY + timedelta(hours=172))
    assert look(MONDAY + timedelta(hours=135)) == Watched(0, 0)
    assert look(MONDAY + timedelta(hours=136)) == Watched(1, 0)


def test_without_an_effect_the_clock_runs_on(db):
    ours = care(**late("escalate", information_request={"effect": "none"}))
    request = asked(ours)
    question = ask(request_id=request.pk, text="Since when?", actor=ours.lead, now=MONDAY)
    assert (question.effect, question.due_after) == ("none", request.due_at)
    assert look(request.due_at + timedelta(seconds=1)).late == 1


def test_a_question_asked_too_late_moves_nothing(ours):
    request = asked(ours)
    question = ask(
        request_id=request.pk, text="Since when?", actor=ours.lead, now=request.due_at + timedelta(seconds=1)
    )
    assert (question.effect, question.due_after) == ("none", request.due_at)


@pytest.mark.parametrize("status", ["decided", "withdrawn"])
def test_what_is_no_longer_open_is_not_watched(ours, status):
    ends = {"decided_at": MONDAY} if status == "decided" else {"withdrawn_at": MONDAY, "withdrawn_reason": "Moved"}
    RequestFactory(contract=ours.contract, member=ours.member, status=status, watch_at=MONDAY, **ends)
    assert look(MONDAY + timedelta(days=30)) == Watched(0, 0)


def test_a_contract_without_clocks_sets_no_time(db):
    ours = care(clocks={})
    request = asked(ours)
    assert (request.due_at, request.watch_at) == (None, None)
    assert decide(request_id=request.pk, verdict=approval(), actor=ours.lead, now=MONDAY).in_time is True
