"""The pages of the queue: what a row says, constant queries, one screen, and nothing typed is lost."""

from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessEntry, Role
from authorizations.models import Decision, Request
from authorizations.operations.decisions import decide
from authorizations.operations.questions import ask
from authorizations.operations.requests import submit
from eligibility.models import LevelSpan
from tests.factories.authorizations import DecisionFactory, MissedEscalationFactory, RequestFactory
from tests.factories.baseline import ActivityFactory, FollowUpFactory
from tests.factories.care import AUTHORIZATION, LEVELS, SERVICES, care, denial
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import (
    AssignmentFactory,
    CoverageSpanFactory,
    LevelSpanFactory,
    MemberFactory,
    TeamFactory,
)

WHY = {"necessity": "Needs daily contact.", "risk": "Admission.", "criteria": "unplanned_contacts"}


def browser(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def recent(ours, **given):
    """A request that was submitted today, so that the pages' own clock finds it in time."""
    now = timezone.now()
    today = now.date()
    member = MemberFactory(organisation=ours.contract.provider)
    CoverageSpanFactory(contract=ours.contract, member=member)
    LevelSpanFactory(contract=ours.contract, member=member, level="L2")
    return RequestFactory(
        **{
            "contract": ours.contract,
            "number": 5000 + Request.objects.count(),
            "member": member,
            "requested_by": ours.practitioner,
            "terms": ours.asked("step_down", requested_level="L1").terms
            if not Request.objects.filter(kind="step_down").exists()
            else Request.objects.filter(kind="step_down").first().terms,
            "received_at": now - timedelta(hours=2),
            "due_at": now + timedelta(days=6),
            "starts_on": today,
            **given,
        }
    )


def typed(**given):
    today = timezone.now().date()
    return {
        "verdict": "approve",
        "starts_on": today.isoformat(),
        "last_day": (today + timedelta(days=30)).isoformat(),
        **WHY,
        **given,
    }


def test_the_queue_says_what_is_urgent_first(ours):
    now = timezone.now()
    late = recent(ours, due_at=now - timedelta(hours=30))
    soon = recent(ours, due_at=now + timedelta(hours=5), service="")
    page = browser(ours.lead).get("/queue/").content.decode()

    assert page.index(str(late)) < page.index(str(soon))
    assert "Overdue by 1 d 6 h" in page
    assert "Due in 4 h" in page
    assert late.member.family_name in page
    assert AccessEntry.objects.filter(members__contains=[late.member_id]).exists()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("due=overdue", ["late"]),
        ("whose=nobody", ["late", "other"]),
        ("whose=mine", ["mine"]),
        ("kind=renewal", ["other"]),
        ("level=L4", ["mine"]),
        ("cohort=older", ["late"]),
    ],
)
def test_the_queue_is_narrowed(ours, query, shown):
    now = timezone.now()
    made = {
        "late": recent(ours, due_at=now - timedelta(hours=3), cohort="older", number=7001),
        "mine": recent(ours, assigned_to=ours.lead, assigned_at=now, requested_level="L4", number=7002),
        "other": recent(ours, kind="renewal", number=7003),
    }
    page = browser(ours.lead).get(f"/queue/?{query}").content.decode()

    assert [name for name, request in made.items() if f"RQ-{request.number}<" in page] == shown


def test_the_queue_counts_what_waits_once_and_what_a_filter_leaves_once_more(ours):
    """Negative control: with the figure's count under a filter too, the narrowed list claims all rows."""
    now = timezone.now()
    for number in range(27):
        recent(ours, due_at=now + timedelta(hours=number), kind="renewal")
    all_of_them = Request.objects.waiting().count()
    client = browser(ours.lead)

    def shown(query=""):
        with CaptureQueriesContext(connection) as captured:
            listing = client.get(f"/queue/{query}").context["listing"]
        counted = [one for one in captured if "COUNT(" in one["sql"] and 'FROM "authorizations_request"' in one["sql"]]
        return len(listing.shown), listing.page.paginator.count, len(counted)

    assert shown() == (25, all_of_them, 1)
    assert shown("?page=2&sort=-due_at") == (all_of_them - 25, all_of_them, 1)
    assert shown("?kind=renewal&page=2") == (2, 27, 2)
    assert shown("?kind=renewal&due=soon") == (24, 24, 2)
    assert shown("?whose=mine") == (0, 0, 2)


def test_the_queue_and_the_review_ask_as_often_for_many_as_for_one(ours):
    client = browser(ours.lead)
    first = recent(ours)
    client.get("/queue/")

    def asked(address):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    one_row, one_decision = asked("/queue/"), asked(f"/queue/{first.pk}/")
    for _ in range(12):
        DecisionFactory(request=recent(ours, status="decided", decided_at=timezone.now(), kind="upgrade"))
        recent(ours)

    assert asked("/queue/") == one_row
    assert asked(f"/queue/{first.pk}/") == one_decision


def test_the_register_is_searched_by_the_number_of_an_entry_and_of_a_request(ours):
    first, second = (
        DecisionFactory(request__contract=ours.contract, request__kind=kind, request__number=number)
        for number, kind in ((2, "upgrade"), (1, "renewal"))
    )

    def found(text):
        page = browser(ours.lead).get("/register/", {"text": text})
        return [entry for entry in (first, second) if f'href="/register/{entry.pk}/"' in page.content.decode()]

    assert (first.number, second.number) == (1, 2)
    assert (found("1"), found("RQ-1"), found("rq-2")) == ([first], [second], [first])


def test_the_form_begins_with_the_triggers_met_in_words(ours):
    today = timezone.now().date()
    ours.unplanned(today, today - timedelta(days=2), today - timedelta(days=4))
    asked = ours.asked(now=timezone.now(), starts_on=today)

    form = browser(ours.lead).get(f"/queue/{asked.pk}/").context["form"]

    assert form["criteria"].value() == "Unplanned contacts"


def test_a_question_says_before_it_is_asked_what_it_does_to_the_clock(ours):
    first = recent(ours, kind="renewal", requested_level="L2")
    page = browser(ours.lead).get(f"/queue/{first.pk}/").content.decode()

    assert "The time for the decision becomes 14 days longer, once." in page
    assert "Send the question" in page


def test_deciding_on_the_page_enters_the_register(ours):
    request = recent(ours)
    reply = browser(ours.lead).post(f"/queue/{request.pk}/", typed())

    assert reply.status_code == 302, reply.content.decode()
    entry = Decision.objects.get(request=request)
    assert (entry.outcome, entry.level, entry.decided_by) == ("approved", "L3", ours.lead)


def test_another_level_keeps_the_form_until_the_difference_is_explained(ours):
    request = recent(ours)
    client = browser(ours.lead)
    reply = client.post(f"/queue/{request.pk}/", typed(verdict="otherwise", level="L4"))
    page = reply.content.decode()

    assert reply.status_code == 409
    assert "choose the reason for the difference" in page
    assert "Needs daily contact." in page


def test_who_comes_second_is_told_and_keeps_what_was_typed(ours):
    request = recent(ours)
    decide(request_id=request.pk, verdict=denial(), actor=ours.second_lead, now=timezone.now())
    reply = browser(ours.lead).post(f"/queue/{request.pk}/", typed(necessity="My own long text."))
    page = reply.content.decode()

    assert reply.status_code == 409
    assert f"was decided by {ours.second_lead.name} on" in page
    assert "My own long text." in page
    assert Decision.objects.filter(request=request).count() == 1


def test_the_review_shows_no_cost(ours):
    request = recent(ours)
    page = browser(ours.lead).get(f"/queue/{request.pk}/").content.decode()

    assert "$" not in page
    for word in ("Money", "Amount", "Cost", "cost"):
        assert word not in page.split("<main")[1]


def test_comparable_requests_are_shown_without_names(ours):
    others = [
        DecisionFactory(request=recent(ours, status="decided", decided_at=timezone.now(), kind="upgrade"))
        for _ in range(3)
    ]
    page = browser(ours.lead).get(f"/queue/{recent(ours).pk}/").content.decode()

    assert "Approved: <strong>3</strong>" in page
    for entry in others:
        assert entry.member.family_name not in page


def test_a_supervisor_sees_the_queue_and_does_not_decide(ours):
    request = recent(ours)
    client = browser(ours.at(Role.SUPERVISOR))

    assert client.get(f"/queue/{request.pk}/").status_code == 200
    assert client.post(f"/queue/{request.pk}/", typed()).status_code == 403
    assert not Decision.objects.exists()


def test_a_lead_of_another_organisation_finds_nothing(ours):
    request, stranger = recent(ours), care("CARE-2").lead

    assert browser(stranger).get(f"/queue/{request.pk}/").status_code == 404
    assert browser(stranger).post(f"/queue/{request.pk}/", typed()).status_code == 404
    assert not Decision.objects.exists()


def test_the_requester_asks_on_the_members_page_and_sees_what_is_missing(ours):
    today = timezone.now().date()
    LevelSpanFactory(contract=ours.contract, member=ours.member, level="L2", starts_on=date(2026, 7, 1))
    client = browser(ours.practitioner)
    address = f"/requests/for/{ours.member.pk}/{ours.contract.code}/upgrade/"
    wish = {
        "requested_level": "L3",
        "starts_on": today.isoformat(),
        "grounds": "Calls every night.",
        "urgency": "standard",
        "do": "submit",
    }
    reply = client.post(address, wish)
    assert reply.status_code == 409
    assert "unplanned_contacts: 0 of 3 contacts within 14 days are in the record." in reply.content.decode()
    request = Request.objects.get()
    assert request.status == "draft"
    ours.unplanned(today, today - timedelta(days=3), today - timedelta(days=5))
    assert client.post(f"/requests/{request.pk}/submit/").status_code == 302
    request.refresh_from_db()
    assert request.status == "submitted"


def test_what_came_on_paper_keeps_its_time_of_receipt_until_it_can_be_submitted(ours):
    ours.unplanned(date(2026, 2, 10), date(2026, 2, 11))
    client = browser(ours.practitioner)
    wish = {
        "requested_level": "L3",
        "starts_on": "2026-02-16",
        "grounds": "Calls every night.",
        "urgency": "standard",
        "received_at": "2026-02-16T09:30",
        "do": "submit",
    }
    refused = client.post(f"/requests/for/{ours.member.pk}/{ours.contract.code}/upgrade/", wish)
    request = Request.objects.get()
    assert (refused.status_code, request.status) == (409, "draft")
    for page in (refused.content.decode(), client.get(f"/requests/{request.pk}/").content.decode()):
        assert "2 of 3 contacts within 14 days are in the record." in page  # as the record was then
        assert "9:30 a.m." in page
    assert 'value="2026-02-16T09:30"' in client.get(f"/requests/{request.pk}/change/").content.decode()
    ours.unplanned(date(2026, 2, 12))

    assert client.post(f"/requests/{request.pk}/submit/").status_code == 302
    request.refresh_from_db()
    assert request.received_at.isoformat() == "2026-02-16T14:30:00+00:00"


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        ({"days": 7, "basis": "calendar"}, "7 calendar days"),
        ({"days": 1, "basis": "business"}, "1 business day"),
        ({"hours": 72}, "72 hours, elapsed"),
    ],
)
@pytest.mark.django_db
def test_a_request_says_how_long_the_contract_gives(clock, words):
    ours = care(clocks={"standard": clock})
    request = ours.asked("step_down", requested_level="L1")
    assert words in browser(ours.practitioner).get(f"/requests/{request.pk}/").content.decode()


def test_nothing_is_asked_or_assessed_under_a_contract_that_never_covered_the_member(ours):
    other = signed_contract(
        code="CARE-2",
        commissioner={"code": ours.contract.commissioner.code, "name": "County"},
        provider={"code": ours.contract.provider.code, "name": "Care"},
        authorization=AUTHORIZATION,
        services=SERVICES,
        levels=LEVELS,
        baseline={"rates": [{"level": one["code"], "amount": "40.00"} for one in LEVELS]},
    )
    client = browser(ours.practitioner)
    panels = (f"/members/{ours.member.pk}/requests/", f"/members/{ours.member.pk}/assessments/")
    for panel in panels:
        page = client.get(panel).content.decode()
        assert (ours.contract.code in page, other.code in page) == (True, False)
    CoverageSpanFactory(contract=other, member=ours.member)
    for panel in panels:
        assert other.code in client.get(panel).content.decode()


def test_who_changes_a_draft_that_another_submitted_keeps_the_words(ours):
    today = timezone.now().date()
    LevelSpanFactory(contract=ours.contract, member=ours.member, level="L2", starts_on=date(2026, 7, 1))
    kept = ours.drafted("step_down", requested_level="L1", starts_on=today)
    submit(request_id=kept.pk, actor=ours.practitioner, now=timezone.now())
    typed = {
        "requested_level": "L1",
        "starts_on": today.isoformat(),
        "grounds": "Typed for long.",
        "urgency": "standard",
    }
    reply = browser(ours.practitioner).post(f"/requests/{kept.pk}/change/", typed)

    assert reply.status_code == 409
    assert "Only a draft can be changed." in reply.content.decode()
    assert "Typed for long." in reply.content.decode()
    kept.refresh_from_db()
    assert kept.grounds == "Calls every night."


def test_who_answers_second_is_told_and_keeps_the_words(ours):
    LevelSpanFactory(contract=ours.contract, member=ours.member, level="L2", starts_on=date(2026, 7, 1))
    asked = ours.drafted("step_down", requested_level="L1", starts_on=timezone.now().date())
    submit(request_id=asked.pk, actor=ours.practitioner, now=timezone.now())
    ask(request_id=asked.pk, text="Who lives there?", actor=ours.lead, now=timezone.now())
    address = f"/requests/{asked.pk}/answer/"
    assert browser(ours.practitioner).post(address, {"answer": "Her sister."}).status_code == 302
    second = browser(ours.at(Role.SUPERVISOR)).post(address, {"answer": "Nobody, I believe."})

    assert second.status_code == 409
    assert f"has no open question: {ours.practitioner.name} answered the last one." in second.content.decode()
    assert "Nobody, I believe." in second.content.decode()
    assert asked.questions.get().answer == "Her sister."


def test_triggers_lead_to_what_speaks_for_them(ours):
    [visit] = [ActivityFactory(contract=ours.contract, member=ours.member, service="crisis_visit", planned=False)]
    scores = [ours.scored(visit.occurred_on - timedelta(days=30), 10, "L2"), ours.scored(visit.occurred_on, 15)]
    due = FollowUpFactory(
        activity__contract=ours.contract,
        activity__member=ours.member,
        happened_on=visit.occurred_on - timedelta(days=20),
        due_on=visit.occurred_on - timedelta(days=13),
    )
    kept = ours.drafted(
        received_at=datetime.combine(visit.occurred_on, time(12)), starts_on=visit.occurred_on, now=timezone.now()
    )
    page = browser(ours.practitioner).get(f"/requests/{kept.pk}/").content.decode()

    assert f'<a href="/activity/{visit.pk}/">Crisis visit</a>' in page
    for score in scores:
        assert f'<a href="/assessments/{score.pk}/">Score {score.score}</a>' in page
    assert f'<a href="/activity/{due.activity_id}/">Follow-up due after ' in page


@pytest.mark.parametrize(
    ("typed", "status", "sentence"),
    [
        ({"units": "0"}, 422, "Ensure this value is greater than or equal to 0.0001"),
        ({"last_day": "2020-01-01"}, 409, "The last day lies before the first."),
        ({"last_day": "9999-12-31"}, 422, "Give a day between 1900 and 2199."),
        ({"starts_on": "0001-01-01"}, 422, "Give a day between 1900 and 2199."),
        ({"received_at": "0001-01-01T10:00"}, 422, "Give a day between 1900 and 2199."),
    ],
)
def test_an_absurd_wish_is_refused_and_nothing_typed_is_lost(ours, typed, status, sentence):
    body = {
        "service": "stabilization_day",
        "units": "3",
        "starts_on": timezone.now().date().isoformat(),
        "grounds": "Calls every night.",
        "urgency": "standard",
        "do": "submit",
    }
    reply = browser(ours.practitioner).post(
        f"/requests/for/{ours.member.pk}/{ours.contract.code}/episode/", {**body, **typed}
    )
    assert reply.status_code == status
    assert sentence in reply.content.decode()
    assert "Calls every night." in reply.content.decode()
    assert not Request.objects.exists()


@pytest.mark.parametrize(("kind", "level"), [("upgrade", "L3"), ("step_down", "L1"), ("renewal", "L2")])
def test_the_form_begins_with_the_level_that_such_a_request_asks_for(ours, kind, level):
    page = browser(ours.practitioner).get(f"/requests/for/{ours.member.pk}/{ours.contract.code}/{kind}/")
    assert page.context["form"]["requested_level"].initial == level


def test_an_entry_is_decided_otherwise_by_the_page_in_its_own_words(ours):
    request = recent(ours)
    given = typed(verdict="otherwise", level="L4", difference_reason="recent_change", difference_text="Much worse.")
    today = timezone.now().date()
    given["last_day"] = (today + timedelta(days=20)).isoformat()
    assert browser(ours.lead).post(f"/queue/{request.pk}/", given).status_code == 302
    entry = Decision.objects.get(request=request)
    assert (entry.outcome, entry.level, entry.difference_reason) == ("changed", "L4", "recent_change")
    page = browser(ours.practitioner).get(f"/requests/{request.pk}/").content.decode()
    assert "Much worse." in page
    assert "Needs daily contact." in page


def test_levels_and_missed_escalations_are_narrowed_by_whom_they_are_about(ours):
    today = timezone.now().date()
    LevelSpan.objects.all().delete()
    team, other = TeamFactory(organisation=ours.contract.provider), TeamFactory(organisation=ours.contract.provider)
    for name, cohort, level, of in (("Ann", "adult", "L2", team), ("Bea", "older", "L3", other)):
        member = MemberFactory(organisation=ours.contract.provider, given_name=name, family_name="Canary")
        CoverageSpanFactory(contract=ours.contract, member=member, cohort=cohort)
        ended = {"starts_on": today - timedelta(days=60), "ends_before": today - timedelta(days=3)}
        LevelSpanFactory(contract=ours.contract, member=member, level=level, **ended)
        AssignmentFactory(member=member, team=of, starts_on=today - timedelta(days=60))
        MissedEscalationFactory(contract=ours.contract, member=member, level=level)

    def named(page, **narrowed):
        found = browser(ours.lead).get(page, narrowed).content.decode()
        return [name for name in ("Ann Canary", "Bea Canary") if name in found]

    for page in ("/levels/lapsed/", "/missed-escalations/"):
        assert named(page) == ["Ann Canary", "Bea Canary"], page
        assert named(page, text="Bea") == named(page, level="L3") == named(page, team=other.pk) == ["Bea Canary"], page
        assert named(page, cohort="adult") == ["Ann Canary"], page
    assert named("/levels/lapsed/", asked="yes") == []
    assert "Ask for a renewal" in browser(ours.lead).get("/levels/lapsed/").content.decode()
    assert "Ask for a renewal" not in browser(ours.at(Role.QUALITY)).get("/levels/lapsed/").content.decode()


def test_attempts_are_shown_on_the_review_and_not_counted_as_delivered(ours):
    asked = recent(ours, kind="renewal", requested_level="L2")
    for attempted in (False, True):
        ActivityFactory(
            contract=ours.contract, member=asked.member, occurred_on=timezone.now().date(), attempted=attempted
        )

    page = browser(ours.lead).get(f"/queue/{asked.pk}/").content.decode()

    assert "1 planned, 0 unplanned" in page
    assert "attempted" in page
