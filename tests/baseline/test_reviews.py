"""The weekly review: looked at one by one, signed in two parts, locked, and what came afterwards."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.utils import IntegrityError
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from accounts.permissions import NotAllowed
from baseline.models import Activity, CaseloadReview, FollowUp, ReviewAction, ReviewNote, ReviewSignature
from baseline.operations import reviews as operations
from baseline.queries import reviews as queries
from baseline.queries.caseload import NO_TEAM, week
from baseline.rules.weeks import monday_of
from contracts.models import Contract
from eligibility.models import Assignment
from tests.api.conftest import program_of
from tests.baseline.pilots import covered, random_pilot, reviewed_contract
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory, CaseloadReviewFactory, FollowUpFactory
from tests.factories.eligibility import AssignmentFactory, MemberFactory, PractitionerFactory, TeamFactory

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 6, 1)
AFTER = datetime(2026, 6, 8, 9, tzinfo=UTC)


@pytest.fixture
def contract() -> Contract:
    return reviewed_contract()


@pytest.fixture
def team(contract) -> Any:
    return TeamFactory(organisation=contract.provider)


@pytest.fixture
def supervisor(contract) -> Any:
    return person(Role.SUPERVISOR, contract.provider)


@pytest.fixture
def members(contract, team) -> list[Any]:
    """Three of the team: the first had everything, the others nothing."""
    practitioner = PractitionerFactory(organisation=contract.provider)
    found = [covered(contract, starts_on=date(2025, 6, 1)) for _number in range(3)]
    for member in found:
        AssignmentFactory(member=member, team=team, practitioner=practitioner, starts_on=date(2025, 6, 1))
    for service in ("outreach", "care_plan"):
        ActivityFactory(contract=contract, member=found[0], service=service, occurred_on=date(2026, 6, 2))
    return found


def where(contract: Contract, team: Any, monday: date = MONDAY) -> dict[str, Any]:
    return {"contract_id": contract.pk, "team": team.pk if team else NO_TEAM, "monday": monday}


def digests(contract: Contract, team: Any) -> dict[str, str]:
    shown = week(contract, MONDAY, team=team.pk)
    records = queries.episodic_records(contract, MONDAY, team.pk)
    return {
        "caseload": queries.digest_of(queries.caseload_content(shown)),
        "billing": queries.digest_of(queries.billing_content(records)),
    }


def look_at(contract: Contract, team: Any, members: list[Any], actor: Any) -> None:
    for member in members:
        operations.note(**where(contract, team), member_id=member.pk, text="Rang.", actor=actor, now=AFTER)


def sign_both(contract: Contract, team: Any, actor: Any) -> None:
    seen = digests(contract, team)
    acting = {"actor": actor, "now": AFTER}
    operations.sign_caseload(**where(contract, team), digest=seen["caseload"], **acting)
    operations.sign_billing(**where(contract, team), digest=seen["billing"], **acting)


def test_a_week_is_signed_once_those_who_stand_out_were_looked_at(contract, team, members, supervisor):
    seen = digests(contract, team)["caseload"]
    with pytest.raises(operations.NotLookedAt, match="2 members stand out"):
        operations.sign_caseload(**where(contract, team), digest=seen, actor=supervisor, now=AFTER)
    assert not ReviewSignature.objects.exists()

    look_at(contract, team, members[1:], supervisor)
    sign_both(contract, team, supervisor)

    review = CaseloadReview.objects.get()
    caseload, billing = (queries.signed(review)[part] for part in ("caseload", "billing"))
    assert "3 members. 2 stood out and were looked at one by one." in caseload.statement
    assert "Nothing stands out about the other member." in caseload.statement
    assert [row["member"] for row in caseload.content] == [member.pk for member in members]
    assert (billing.content, billing.statement[:20]) == ([], "No episodic work was")
    first, last = queries.weeks_until(contract, date(2026, 6, 8))
    missing = queries.missing_weeks(contract, first=first, last=last)
    assert MONDAY not in {one.monday for one in missing}
    assert len(missing) == (last - first).days // 7


def test_one_signature_alone_leaves_the_week_missing(contract, team, members, supervisor):
    seen = digests(contract, team)
    operations.sign_billing(**where(contract, team), digest=seen["billing"], actor=supervisor, now=AFTER)
    assert [one.monday for one in queries.missing_weeks(contract, first=MONDAY, last=MONDAY)] == [MONDAY]


def test_a_signed_week_is_locked_and_grows_no_more(contract, team, members, supervisor):
    look_at(contract, team, members[1:], supervisor)
    sign_both(contract, team, supervisor)

    with pytest.raises(operations.WeekLocked):
        look_at(contract, team, members[:1], supervisor)
    with pytest.raises(operations.AlreadySigned, match=supervisor.name):
        sign_both(contract, team, supervisor)
    for change in (
        "UPDATE baseline_reviewsignature SET statement = 'other'",
        "DELETE FROM baseline_reviewsignature",
        "UPDATE baseline_reviewnote SET text = 'other'",
    ):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change)
    assert (ReviewSignature.objects.count(), ReviewNote.objects.count()) == (2, 2)


def test_what_changes_after_the_signature_shows_as_a_difference(contract, team, members, supervisor):
    look_at(contract, team, members[1:], supervisor)
    ActivityFactory(
        contract=contract, member=members[0], service="crisis_visit", occurred_on=date(2026, 6, 3), activity_ref="C1"
    )
    sign_both(contract, team, supervisor)
    signed = queries.signed(CaseloadReview.objects.get())

    def now(part: str) -> list[tuple[int, str, str, str]]:
        content = (
            queries.caseload_content(week(contract, MONDAY, team=team.pk))
            if part == "caseload"
            else queries.billing_content(queries.episodic_records(contract, MONDAY, team.pk))
        )
        found = queries.differences(contract, part, signed[part].content, content)
        return [(one.key, one.label, one.was, one.now) for one in found]

    assert (now("caseload"), now("billing")) == ([], [])

    ActivityFactory(contract=contract, member=members[1], occurred_on=date(2026, 6, 4), minutes=20)
    Activity.objects.filter(activity_ref="C1").update(criteria_not_met=["acute"])
    late = ActivityFactory(contract=contract, member=members[1], service="crisis_visit", occurred_on=date(2026, 6, 5))
    assert now("caseload") == [
        (members[1].pk, "contacts", "0", "2"),
        (members[1].pk, "minutes", "0", "20"),
        (
            members[1].pk,
            "package, expected and delivered",
            "Outreach: 0 of 1",
            "Outreach: 1 of 1",
        ),
        (members[1].pk, "stands out", "yes", "no"),
    ]
    record = Activity.objects.get(activity_ref="C1")
    assert now("billing") == [
        (record.pk, "criteria not met", "none", "acute"),
        (late.pk, "in this week", "", "there"),
    ]


def test_a_difference_names_people_services_and_the_record_that_left_the_week(contract, team, members, supervisor):
    look_at(contract, team, members[1:], supervisor)
    ActivityFactory(
        contract=contract, member=members[0], service="crisis_visit", occurred_on=date(2026, 6, 3), activity_ref="C1"
    )
    sign_both(contract, team, supervisor)
    lead = Assignment.objects.get(member=members[0])
    other = PractitionerFactory(organisation=contract.provider, name="Ada Other")
    Assignment.objects.filter(pk=lead.pk).update(practitioner=other)
    Activity.objects.filter(activity_ref="C1").update(occurred_on=date(2026, 6, 10))

    page = signed_in(supervisor).get(f"/activity/weeks/{contract.code}/{MONDAY}/{team.pk}/")
    told = {(row["what"], row["one"].label): (row["one"].was, row["one"].now) for row in page.context["differences"]}
    person_of = next(what for what, label in told if label == "practitioner")
    assert told[person_of, "practitioner"] == (str(lead.practitioner), "Ada Other")
    assert told["C1", "in this week"] == ("there", "")


def test_a_look_says_why_a_member_stands_out_as_it_was_at_the_end_of_the_week(contract, team, members, supervisor):
    cause = ActivityFactory(contract=contract, member=members[0], occurred_on=date(2026, 5, 28), planned=False)
    done = ActivityFactory(contract=contract, member=members[0], occurred_on=date(2026, 6, 9))
    FollowUpFactory(
        activity=cause, due_on=date(2026, 6, 4), status="done", completed_by=done, completed_on=done.occurred_on
    )
    Assignment.objects.filter(member=members[2]).update(practitioner=None)
    client = signed_in(supervisor)
    week_page = f"/activity/weeks/{contract.code}/{MONDAY}/{team.pk}/"

    def why(member: Any) -> list[str]:
        return client.get(f"{week_page}members/{member.pk}/").context["why"]

    nothing = "Less than half of the package was delivered."
    assert [why(one) for one in members] == [
        ["1 follow-up is late."],
        [nothing],
        [nothing, "Nobody looks after them."],
    ]
    shown = client.get(f"{week_page}members/{members[0].pk}/")
    assert [(one.due_on.day, one.completed_on.day) for one in shown.context["follow_ups"]] == [(4, 9)]
    assert "late" in shown.content.decode()
    assert "after the week" in shown.content.decode()


def test_overdue_actions_open_to_those_that_were_overdue_when_the_week_ended(contract, team, members, supervisor):
    owner = person(Role.PRACTITIONER, contract.provider)

    def assigned(due_on: date, done_at: datetime | None, at: Any = team) -> None:
        action = operations.assign_action(
            **where(contract, at), member_id=None, text="Ring", owner_id=owner.pk, due_on=due_on,
            actor=supervisor, now=AFTER,
        )  # fmt: skip
        if done_at:
            operations.complete_action(action_id=action.pk, outcome="Rang", actor=supervisor, now=done_at)

    midnight = datetime(2026, 6, 8, 4, tzinfo=UTC)  # in the contract's timezone
    assigned(date(2026, 6, 7), None)
    assigned(date(2026, 6, 7), midnight)
    assigned(date(2026, 6, 7), midnight - timedelta(minutes=1))
    assigned(date(2026, 6, 8), None)
    assigned(date(2026, 6, 7), None, TeamFactory(organisation=contract.provider))
    client = signed_in(supervisor)
    [kpi] = [
        one
        for one in client.get(f"/activity/weeks/{contract.code}/{MONDAY}/{team.pk}/").context["kpis"]
        if one["label"] == "Actions overdue"
    ]
    assert kpi["value"] == 2
    assert client.get(kpi["url"]).context["listing"].page.paginator.count == 2


def test_what_was_on_the_screen_is_what_is_signed(contract, team, members, supervisor):
    look_at(contract, team, members[1:], supervisor)
    seen = digests(contract, team)["caseload"]
    ActivityFactory(contract=contract, member=members[1], occurred_on=date(2026, 6, 4))

    with pytest.raises(operations.ChangedMeanwhile):
        operations.sign_caseload(**where(contract, team), digest=seen, actor=supervisor, now=AFTER)
    assert not ReviewSignature.objects.exists()


def test_a_week_under_way_is_not_signed_in_the_contract_s_own_time(contract, team, members, supervisor):
    look_at(contract, team, members[1:], supervisor)
    seen = digests(contract, team)["caseload"]
    sunday_night_there = datetime(2026, 6, 8, 3, tzinfo=UTC)
    with pytest.raises(operations.WeekNotOver):
        operations.sign_caseload(**where(contract, team), digest=seen, actor=supervisor, now=sunday_night_there)


@pytest.mark.parametrize("role", [Role.PRACTITIONER, Role.CLINICAL_LEAD, Role.FINANCE])
def test_only_a_supervisor_of_the_provider_signs(contract, team, members, role):
    with pytest.raises(NotAllowed):
        sign_both(contract, team, person(role, contract.provider))
    with pytest.raises(NotAllowed):
        sign_both(contract, team, person(Role.SUPERVISOR, contract.commissioner))
    assert not CaseloadReview.objects.exists()


def test_strangers_are_not_part_of_a_caseload(contract, team, members, supervisor):
    stranger = MemberFactory(organisation=contract.provider)
    with pytest.raises(operations.NotOfThisCaseload):
        look_at(contract, team, [stranger], supervisor)
    theirs = TeamFactory()
    with pytest.raises(NotAllowed):
        look_at(contract, theirs, [members[0]], supervisor)
    assert not ReviewNote.objects.exists()


def test_an_action_has_an_owner_of_the_provider_and_ends_with_what_came_of_it(contract, team, members, supervisor):
    owner, other = person(Role.PRACTITIONER, contract.provider), person(Role.PRACTITIONER, contract.provider)
    asked = {
        **where(contract, team),
        "member_id": members[1].pk,
        "text": "No visit since May",
        "action": "Visit",
        "due_on": date(2026, 6, 12),
        "actor": supervisor,
        "now": AFTER,
    }
    with pytest.raises(operations.NotOfThisCaseload):
        operations.look_at(**asked, owner_id=person(Role.SUPERVISOR, contract.commissioner).pk)
    assert not ReviewNote.objects.exists()

    operations.look_at(**asked, owner_id=owner.pk)
    action = ReviewAction.objects.get()
    with pytest.raises(NotAllowed):
        operations.complete_action(action_id=action.pk, outcome="Done", actor=other, now=AFTER)
    operations.complete_action(action_id=action.pk, outcome="Visited", actor=owner, now=AFTER)
    action.refresh_from_db()
    assert (action.status, action.outcome, action.owner) == ("done", "Visited", owner)
    with pytest.raises(operations.AlreadyDone):
        operations.complete_action(action_id=action.pk, outcome="Again", actor=supervisor, now=AFTER)
    assert list(ReviewAction.objects.visible_to(owner)) == [action]
    assert list(ReviewAction.objects.visible_to(person(Role.FINANCE, contract.provider))) == []


def test_the_database_keeps_one_review_of_a_week_that_begins_on_monday(contract, team):
    CaseloadReviewFactory(contract=contract, team=None, week=MONDAY)
    with pytest.raises(IntegrityError, match="review_once_per_team_and_week"), transaction.atomic():
        CaseloadReviewFactory(contract=contract, team=None, week=MONDAY)
    with pytest.raises(IntegrityError, match="review_week_begins_on_monday"), transaction.atomic():
        CaseloadReviewFactory(contract=contract, team=team, week=MONDAY + timedelta(days=1))


# --- Pages -----------------------------------------------------------------------------------------------------------


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def exported(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address, {"export": "csv"})
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def test_the_figures_of_a_page_equal_the_exported_list_for_every_team_and_week(contract, supervisor):
    random_pilot(contract, 5)
    client = signed_in(supervisor)
    for monday in (MONDAY - timedelta(days=7 * back) for back in range(4)):
        for team in queries.teams_of(contract):
            address = f"/activity/weeks/{contract.code}/{monday}/{team}/"
            total = client.get(address).context["shown"].total
            rows = exported(client, f"{address}members/")
            sums = {
                name: sum(int(row[name] or 0) for row in rows) for name in ("Contacts", "Minutes", "Unplanned", "Late")
            }
            assert len(rows) == total.members
            assert sums == {
                "Contacts": total.contacts,
                "Minutes": total.minutes,
                "Unplanned": total.unplanned,
                "Late": total.late,
            }
            assert sum(int(row["Delivered"] or 0) for row in rows) == total.delivered
            assert sum(len(row["Missing"].split()) for row in rows) == total.behind


def test_a_follow_up_due_by_sunday_is_not_late_on_the_pages_of_the_week_under_way(contract, team, members, supervisor):
    today = queries.local_today(contract, timezone.now())
    caused = ActivityFactory(contract=contract, member=members[0], occurred_on=today - timedelta(days=8), planned=False)
    follow_up = FollowUpFactory(activity=caused, due_on=today)
    client, program = signed_in(supervisor), program_of(supervisor)
    path = f"{contract.code}/{monday_of(today)}/{team.pk}/"
    page = f"/activity/weeks/{path}"

    def late() -> list[int]:
        week_page, look_page = client.get(page), client.get(f"{page}members/{members[0].pk}/")
        listed = client.get(f"{page}members/", {"follow_ups": "late"}).context["listing"].table.rows
        told = [program.get(f"{of}/{path}").json()["total"]["follow_ups_late"] for of in ("caseload", "weeks")]
        of_members = program.get(f"weeks/{path}members/", follow_ups="late").json()["count"]
        return [
            week_page.context["shown"].total.late,
            look_page.context["figures"].late,
            len(listed),
            *told,
            of_members,
        ]

    assert late() == [0] * 6
    FollowUp.objects.filter(pk=follow_up.pk).update(due_on=today - timedelta(days=1))
    assert late() == [1] * 6


def test_a_week_s_page_asks_as_often_for_one_member_as_for_twelve(contract, team, members, supervisor):
    client = signed_in(supervisor)
    address = f"/activity/weeks/{contract.code}/{MONDAY}/{team.pk}/"

    def asked(path: str) -> int:
        client.get(path)
        with CaptureQueriesContext(
            connection,
        ) as queries_run:
            assert client.get(path).status_code == 200
        return len(queries_run)

    ActivityFactory(contract=contract, member=members[0], service="crisis_visit", occurred_on=date(2026, 6, 3))
    few = [asked(address), asked(f"{address}members/"), asked("/activity/weeks/")]
    lead = Assignment.objects.filter(member=members[0]).get()
    for _number in range(9):
        member = covered(contract, starts_on=date(2025, 6, 1))
        AssignmentFactory(member=member, team=team, practitioner=lead.practitioner, starts_on=date(2025, 6, 1))
        ActivityFactory(contract=contract, member=member, service="crisis_visit", occurred_on=date(2026, 6, 3))
    assert [asked(address), asked(f"{address}members/"), asked("/activity/weeks/")] == few


def test_notes_are_read_by_the_care_team_alone(contract, team, members, supervisor):
    look_at(contract, team, members[1:2], supervisor)
    path = f"/activity/weeks/{contract.code}/{MONDAY}/{team.pk}/members/{members[1].pk}/"
    shown = {
        role: "Rang." in signed_in(person(role, contract.provider)).get(path).content.decode()
        for role in (Role.SUPERVISOR, Role.PRACTITIONER, Role.ANALYST, Role.OPERATIONS)
    }
    assert shown == {Role.SUPERVISOR: True, Role.PRACTITIONER: True, Role.ANALYST: False, Role.OPERATIONS: False}
