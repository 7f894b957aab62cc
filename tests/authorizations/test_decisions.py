"""Deciding: what it needs, what it writes, who must keep away, and that each refusal leaves nothing behind."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Notice, Role
from accounts.permissions import NotAllowed
from authorizations.models import Decision, Episode, Request
from authorizations.operations.decisions import NotDecidable, decide
from authorizations.operations.distance import TooNear
from authorizations.operations.moves import AlreadyDecided, NotInThisState
from authorizations.operations.questions import answer, ask
from authorizations.operations.queue import Claimed, NotALead, assign, claim, declare_conflict, release
from authorizations.operations.requests import withdraw
from eligibility.models import LevelSpan
from tests.factories.care import MONDAY, approval, care, denial
from tests.factories.eligibility import LevelSpanFactory

THREE = (date(2026, 2, 20), date(2026, 2, 25), date(2026, 3, 1))
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def upgrade(ours):
    ours.unplanned(*THREE)
    return ours.asked()


def levels(of):
    rows = LevelSpan.objects.filter(member=of.member).order_by("starts_on")
    return [(row.level, row.starts_on, row.ends_before) for row in rows]


def refusal(ours, request, verdict, by=None, now=TUESDAY):
    before = levels(ours)
    with pytest.raises(NotDecidable) as refused:
        decide(request_id=request.pk, verdict=verdict, actor=by or ours.lead, now=now)
    request.refresh_from_db()
    assert (request.status, Decision.objects.count(), levels(ours)) == ("submitted", 0, before)
    return refused.value.reasons


def test_an_approval_enters_the_register_and_writes_the_level(ours, upgrade):
    entry = decide(request_id=upgrade.pk, verdict=approval(), actor=ours.lead, now=TUESDAY)
    upgrade.refresh_from_db()

    assert (entry.number, entry.outcome, entry.level, entry.in_time) == (1, "approved", "L3", True)
    assert (entry.current_level, entry.requested_level, entry.assessed_level) == ("L2", "L3", "")
    assert entry.review_on == date(2026, 4, 24)  # a week before its end, as the terms say
    assert entry.terms == upgrade.terms
    assert entry.working["triggers"] == upgrade.triggers
    assert (upgrade.status, upgrade.decided_at) == ("decided", TUESDAY)
    assert levels(ours) == [
        ("L2", date(2026, 1, 1), date(2026, 3, 2)),
        ("L3", date(2026, 3, 2), date(2026, 5, 1)),
    ]
    span = LevelSpan.objects.get(level="L3")
    assert (span.decision_no, span.decided_by, span.rationale) == (1, ours.lead.name, "Needs daily contact.")
    told = Notice.objects.get(user=ours.practitioner)
    assert told.sentence == f"{upgrade} was decided: approved."


def test_another_level_needs_a_reason_and_words(ours, upgrade):
    assert refusal(ours, upgrade, approval(level="L4", ends_before=date(2026, 3, 29))) == (
        "This is not what was asked for: choose the reason for the difference.",
        "This is not what was asked for: say in words why.",
    )
    entry = decide(
        request_id=upgrade.pk,
        verdict=approval(
            level="L4",
            ends_before=date(2026, 3, 29),
            difference_reason="recent_change",
            difference_text="Worse since yesterday.",
        ),
        actor=ours.lead,
        now=TUESDAY,
    )
    assert (entry.outcome, entry.requested_level, entry.level) == ("changed", "L3", "L4")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"necessity": " "}, "The rationale is incomplete: clinical necessity."),
        ({"risk": ""}, "The rationale is incomplete: risk."),
        ({"criteria": ""}, "The rationale is incomplete: criteria relied on."),
        ({"ends_before": date(2026, 6, 1)}, "L3 may be given for at most 90 days."),
        ({"ends_before": None}, "L3 is given for a time: at most 90 days."),
        ({"ends_before": date(2026, 3, 2)}, "The last day lies before the start."),
        ({"review_on": date(2026, 5, 2)}, "The review date lies outside the time that is approved."),
        ({"level": "L9"}, "The contract has no level L9."),
        ({"starts_on": date(2026, 2, 15)}, "A decision may take effect at most 14 days before receipt"),
        ({"starts_on": date(2026, 2, 20)}, "The start lies before receipt: say why."),
        ({"starts_on": date(2025, 12, 1)}, "The member is not covered on Dec. 1, 2025."),
    ],
)
def test_a_verdict_outside_the_terms_is_refused(ours, upgrade, given, sentence):
    reasons = refusal(ours, upgrade, approval(**given))
    assert [reason for reason in reasons if reason.startswith(sentence)], reasons


def test_the_limits_themselves_are_within_the_terms(ours, upgrade):
    verdict = approval(
        starts_on=date(2026, 2, 16), ends_before=date(2026, 5, 17), retroactive_reason="Help began at the weekend."
    )
    entry = decide(request_id=upgrade.pk, verdict=verdict, actor=ours.lead, now=TUESDAY)

    assert (entry.starts_on, entry.ends_before - entry.starts_on) == (date(2026, 2, 16), timedelta(days=90))


def test_a_denial_says_which_reason_and_changes_no_level(ours, upgrade):
    assert refusal(ours, upgrade, denial(deny_reason="")) == ("Choose the reason for the denial.",)
    before = levels(ours)
    entry = decide(request_id=upgrade.pk, verdict=denial(), actor=ours.lead, now=TUESDAY)

    assert (entry.outcome, entry.deny_reason, entry.level, entry.starts_on) == ("denied", "criteria_not_met", "", None)
    assert levels(ours) == before


def test_a_step_down_needs_its_notice(ours):
    asked = ours.asked("step_down", requested_level="L1")
    down = {"level": "L1", "ends_before": None}
    assert refusal(ours, asked, approval(**down, starts_on=date(2026, 3, 12))) == (
        "A step-down from L2 needs 10 days' notice: March 13, 2026 is the earliest start.",
    )
    decide(request_id=asked.pk, verdict=approval(**down, starts_on=date(2026, 3, 13)), actor=ours.lead, now=TUESDAY)
    assert levels(ours) == [("L2", date(2026, 1, 1), date(2026, 3, 13)), ("L1", date(2026, 3, 13), None)]


def test_an_episode_is_opened_with_fewer_units(ours):
    asked = ours.asked(
        "episode",
        service="stabilization_day",
        units=Decimal(5),
        ends_before=date(2026, 3, 12),
        starts_on=date(2026, 3, 3),
    )
    verdict = approval(level="", units=Decimal(6), starts_on=date(2026, 3, 3), ends_before=date(2026, 3, 12))
    assert "No more units can be approved than were asked for." in refusal(ours, asked, verdict)
    fewer = approval(
        level="",
        units=Decimal(3),
        starts_on=date(2026, 3, 3),
        ends_before=date(2026, 3, 10),
        difference_reason="clinical_judgment",
        difference_text="Three days will do.",
    )
    entry = decide(request_id=asked.pk, verdict=fewer, actor=ours.lead, now=TUESDAY)
    episode = Episode.objects.get()

    assert (entry.outcome, entry.service, entry.units) == ("changed", "stabilization_day", 3)
    assert (episode.decision, episode.units, episode.starts_on, episode.ends_before) == (
        entry,
        3,
        date(2026, 3, 3),
        date(2026, 3, 10),
    )


def test_who_asked_does_not_decide(ours):
    ours.unplanned(*THREE)
    asked = ours.asked(by=ours.lead)
    with pytest.raises(TooNear, match="You asked for this yourself"):
        decide(request_id=asked.pk, verdict=approval(), actor=ours.lead, now=TUESDAY)
    assert not Decision.objects.exists()
    assert decide(request_id=asked.pk, verdict=approval(), actor=ours.second_lead, now=TUESDAY).number == 1


def test_only_a_clinical_lead_of_the_provider_decides(ours, upgrade):
    for somebody in (
        ours.at(Role.SUPERVISOR),
        ours.at(Role.CLINICAL_LEAD, side="commissioner"),
        care("CARE-2").lead,
    ):
        with pytest.raises(NotAllowed):
            decide(request_id=upgrade.pk, verdict=approval(), actor=somebody, now=TUESDAY)
    assert not Decision.objects.exists()


def test_a_withdrawn_request_is_not_decided(ours, upgrade):
    withdraw(request_id=upgrade.pk, reason="Moved away", actor=ours.practitioner, now=MONDAY)
    with pytest.raises(NotInThisState, match=r"was withdrawn on March 2, 2026, 9 a\.m\.: Moved away"):
        decide(request_id=upgrade.pk, verdict=approval(), actor=ours.lead, now=TUESDAY)
    assert not Decision.objects.exists()


def test_who_comes_second_is_told_by_whom_and_when(ours, upgrade):
    decide(request_id=upgrade.pk, verdict=denial(), actor=ours.lead, now=TUESDAY)
    with pytest.raises(
        AlreadyDecided, match=f"{upgrade} was decided by {ours.lead.name} on March 3, 2026, 9 a.m.: denied."
    ):
        decide(request_id=upgrade.pk, verdict=approval(), actor=ours.second_lead, now=TUESDAY)


def test_a_declared_conflict_of_interest_excludes_and_gives_the_request_back(ours, upgrade):
    claim(request_id=upgrade.pk, actor=ours.lead, now=TUESDAY)
    declare_conflict(request_id=upgrade.pk, reason="My cousin.", actor=ours.lead, now=TUESDAY)
    upgrade.refresh_from_db()
    assert upgrade.assigned_to is None
    for attempt in (
        lambda: decide(request_id=upgrade.pk, verdict=approval(), actor=ours.lead, now=TUESDAY),
        lambda: claim(request_id=upgrade.pk, actor=ours.lead, now=TUESDAY),
        lambda: ask(request_id=upgrade.pk, text="Why?", actor=ours.lead, now=TUESDAY),
    ):
        with pytest.raises(TooNear, match="You declared a conflict of interest"):
            attempt()
    with pytest.raises(NotALead):
        assign(request_id=upgrade.pk, to_id=ours.lead.pk, reason="Yours", actor=ours.second_lead, now=TUESDAY)


def test_what_somebody_has_claimed_is_given_on_by_a_supervisor(ours, upgrade):
    claim(request_id=upgrade.pk, actor=ours.lead, now=TUESDAY)
    with pytest.raises(Claimed, match=rf"{ours.lead.name} has it \(since March 3, 2026, 9 a.m.\): ask"):
        claim(request_id=upgrade.pk, actor=ours.second_lead, now=TUESDAY)
    supervisor = ours.at(Role.SUPERVISOR)
    assign(request_id=upgrade.pk, to_id=ours.second_lead.pk, reason="On leave", actor=supervisor, now=TUESDAY)
    upgrade.refresh_from_db()
    assert upgrade.assigned_to == ours.second_lead
    assert Notice.objects.filter(user=ours.second_lead, kind="request_assigned").count() == 1
    with pytest.raises(NotALead):
        assign(request_id=upgrade.pk, to_id=ours.practitioner.pk, reason="You do", actor=supervisor, now=TUESDAY)
    release(request_id=upgrade.pk, reason="Anybody", actor=supervisor, now=TUESDAY)
    upgrade.refresh_from_db()
    assert (upgrade.assigned_to, upgrade.assigned_at) == (None, None)


def test_who_denied_it_does_not_reconsider_it(ours, upgrade):
    denied = decide(request_id=upgrade.pk, verdict=denial(), actor=ours.lead, now=TUESDAY)
    again = ours.asked("reconsideration", requested_level="", reconsiders_id=denied.pk, now=TUESDAY)
    with pytest.raises(TooNear, match="You denied it"):
        decide(request_id=again.pk, verdict=approval(), actor=ours.lead, now=TUESDAY)
    verdict = approval(starts_on=date(2026, 3, 3))
    entry = decide(request_id=again.pk, verdict=verdict, actor=ours.second_lead, now=TUESDAY)
    assert (entry.number, entry.request_kind, entry.level) == (2, "reconsideration", "L3")


def test_a_question_is_answered_before_the_decision(ours, upgrade):
    due = upgrade.due_at
    ask(request_id=upgrade.pk, text="Who lives with them?", actor=ours.lead, now=TUESDAY)
    upgrade.refresh_from_db()
    assert (upgrade.status, upgrade.assigned_to, upgrade.due_at - due) == (
        "questioned",
        ours.lead,
        timedelta(days=14),
    )
    notice = Notice.objects.get(user=ours.practitioner)
    assert "asks for information. The time for the decision now ends March 23, 2026, 11:59 p.m." in notice.sentence
    answer(request_id=upgrade.pk, text="A daughter.", actor=ours.practitioner, now=TUESDAY + timedelta(hours=3))
    upgrade.refresh_from_db()
    assert upgrade.status == "submitted"
    ask(request_id=upgrade.pk, text="And at night?", actor=ours.lead, now=TUESDAY + timedelta(hours=4))
    upgrade.refresh_from_db()
    assert upgrade.due_at - due == timedelta(days=14)  # once
    entry = decide(request_id=upgrade.pk, verdict=approval(), actor=ours.lead, now=TUESDAY + timedelta(days=2))
    assert [one["answer"] for one in entry.working["questions"]] == ["A daughter.", ""]


def test_a_fed_level_that_starts_later_keeps_its_days(ours, upgrade):
    LevelSpan.objects.update(ends_before=date(2026, 4, 1))
    LevelSpanFactory(contract=ours.contract, member=ours.member, level="L1", starts_on=date(2026, 4, 1))
    decide(request_id=upgrade.pk, verdict=approval(), actor=ours.lead, now=TUESDAY)
    assert levels(ours)[1:] == [("L3", date(2026, 3, 2), date(2026, 5, 1)), ("L1", date(2026, 5, 1), None)]


def test_every_change_of_a_request_has_its_history(ours, upgrade):
    claim(request_id=upgrade.pk, actor=ours.lead, now=TUESDAY)
    decide(request_id=upgrade.pk, verdict=approval(), actor=ours.lead, now=TUESDAY)
    steps = Request.history.filter(id=upgrade.pk).order_by("history_id")
    assert [(row.status, row.history_user_id) for row in steps] == [
        ("draft", ours.practitioner.pk),
        ("submitted", ours.practitioner.pk),
        ("submitted", ours.lead.pk),
        ("decided", ours.lead.pk),
    ]
