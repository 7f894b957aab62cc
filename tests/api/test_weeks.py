"""The weekly review by programs: read, noted, assigned, done, and signed with the digest of what was read."""

from datetime import date
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AccessEntry, Membership, Role, User
from baseline.models import CaseloadReview, ReviewAction, ReviewNote, ReviewSignature
from eligibility.models import Assignment
from tests.api.conftest import Program, World, program_of
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory, MemberFactory, TeamFactory

pytestmark = pytest.mark.django_db
MONDAY = "2026-01-12"  # the world's work was delivered on its Thursday


@pytest.fixture
def team(world: World) -> Any:
    """Leads all members, of whom the first has nobody to look after them."""
    found = TeamFactory(organisation=world.contract.provider)
    Assignment.objects.update(team=found)
    Assignment.objects.filter(member=world.members[0]).update(practitioner=None)
    return found


@pytest.fixture
def address(world: World, team: Any) -> str:
    return f"weeks/{world.contract.code}/{MONDAY}/{team.pk}/"


def digests(program: Program, address: str) -> dict[str, str]:
    return {part["part"]: part["digest"] for part in program.get(address).json()["parts"]}


def email_of(world: World, role: Role) -> str:
    return Membership.objects.get(role=role, organisation=world.contract.provider).user.email


def standing(program: Program, address: str) -> list[int]:
    found = program.get(f"{address}members/", stands_out="yes", looked_at="no").json()["results"]
    return [one["member"] for one in found]


def test_a_program_looks_assigns_signs_both_parts_and_reads_what_changed(world: World, address: str) -> None:
    supervisor, code = world.provider["supervisor"], world.contract.code
    first = world.members[0]
    week = supervisor.get(address).json()
    assert (week["contract"], week["starts_on"], week["last_day"]) == (code, MONDAY, "2026-01-18")
    assert (week["total"]["members"], week["ended"], week["locked"], week["signed"]) == (3, True, False, [])
    assert (week["still_to_look_at"], standing(supervisor, address)) == (1, [first.pk])
    early = supervisor.post(f"{address}sign-caseload/", {"digest": digests(supervisor, address)["caseload"]})
    assert (early.status_code, early.json()["sentence"]) == (
        409,
        "1 member stands out and was not looked at. Open them one by one first.",
    )

    found = {
        "member": first.pk,
        "text": "Nobody rings",
        "action": "Find somebody",
        "owner": email_of(world, Role.PRACTITIONER),
        "due_on": "2100-01-04",
    }
    noted = supervisor.post(f"{address}notes/", found, key="one-note")
    again = supervisor.post(f"{address}notes/", found, key="one-note")

    assert (noted.status_code, noted.json()["text"], noted.json()["member_ref"]) == (
        201,
        "Nobody rings",
        first.reference,
    )
    assert (again.json(), again.headers["Idempotent-Replay"]) == (noted.json(), "true")
    assert (ReviewNote.objects.count(), ReviewAction.objects.count()) == (1, 1)
    assert standing(supervisor, address) == []
    keys = digests(supervisor, address)
    signed = [supervisor.post(f"{address}sign-{part}/", {"digest": keys[part]}, key=part) for part in keys]
    twice = supervisor.post(f"{address}sign-billing/", {"digest": keys["billing"]}, key="billing")
    other = supervisor.post(f"{address}sign-billing/", {"digest": keys["billing"]})
    late = supervisor.post(f"{address}notes/", {"member": first.pk, "text": "Too late"})

    assert [(one.status_code, one.json()["digest"]) for one in signed] == [(201, keys[part]) for part in keys]
    assert (twice.status_code, twice.json()) == (201, signed[1].json())
    assert (other.status_code, other.json()["sentence"].endswith("has signed this part already.")) == (409, True)
    assert (late.status_code, "signed and locked" in late.json()["sentence"]) == (409, True)
    assert ReviewSignature.objects.count() == 2
    ActivityFactory(contract=world.contract, member=first, occurred_on="2026-01-16")
    week = supervisor.get(address).json()
    assert (week["locked"], week["signed"]) == (True, ["billing", "caseload"])
    assert [part["signature"]["statement"] for part in week["parts"]] == [one.json()["statement"] for one in signed]
    changed = week["parts"][0]["differences"]
    assert {"key": first.pk, "label": "contacts", "was": "2", "now": "3"} in changed
    assert week["parts"][1]["differences"] == []


@pytest.mark.parametrize("part", ["caseload", "billing"])
def test_a_week_is_signed_with_the_digest_of_what_was_read(world: World, address: str, part: str) -> None:
    supervisor = world.provider["supervisor"]
    supervisor.post(f"{address}notes/", {"member": world.members[0].pk, "text": "Seen"})
    read = digests(supervisor, address)
    ActivityFactory(contract=world.contract, member=world.members[1], service="crisis_visit", occurred_on="2026-01-16")

    given = supervisor.post(f"{address}sign-{part}/", {"digest": read[part]})

    assert (given.status_code, given.json()["sentence"][:27]) == (409, "The records have changed si")
    none = supervisor.post(f"{address}sign-{part}/", {})
    assert (none.status_code, list(none.json()["fields"])) == (422, ["digest"])
    assert not ReviewSignature.objects.exists()


def test_who_signs_notes_and_reads_is_as_on_the_pages(world: World, address: str) -> None:
    supervisor = person(Role.SUPERVISOR, world.contract.provider)
    digest = {"digest": digests(world.provider["supervisor"], address)["billing"]}
    note = {"member": world.members[0].pk, "text": "Tried"}
    writer = program_of(supervisor, scope="write").post(f"{address}sign-billing/", digest)
    assert (writer.status_code, writer.json()["code"]) == (403, "confirm_first")
    for role in ("clinical_lead", "practitioner", "quality"):
        assert world.provider[role].post(f"{address}sign-billing/", digest).status_code == 403
    assert world.commissioner["auditor"].post(f"{address}sign-billing/", digest).status_code == 403
    assert world.provider["practitioner"].post(f"{address}notes/", note).status_code == 403
    assert world.provider["finance"].get(address).status_code == 403
    for path in ("", "members/", "records/", "notes/", "actions/"):
        assert world.outsider.get(f"{address}{path}").status_code == 404
    for path, body in (("sign-billing/", digest), ("sign-caseload/", digest), ("notes/", note)):
        assert world.outsider.post(f"{address}{path}", body).status_code == 404
    assert not CaseloadReview.objects.exists()


def test_what_cannot_be_used_is_said_by_field_and_leaves_nothing(world: World, address: str) -> None:
    supervisor, member = world.provider["supervisor"], world.members[0].pk
    said = {"member": member, "text": "Nobody rings", "action": "Ring"}
    owner = email_of(world, Role.PRACTITIONER)
    wrong = [
        ({"member": member}, "text"),
        (said, "owner"),
        ({**said, "owner": owner}, "due_on"),
        ({**said, "owner": owner, "due_on": "2026-01-01"}, "due_on"),
        ({**said, "action": "", "owner": owner, "due_on": "2100-01-01"}, "action"),
    ]
    for body, field in wrong:
        answer = supervisor.post(f"{address}notes/", body)
        assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])
    stranger = supervisor.post(f"{address}notes/", {**said, "owner": "nobody@example.org", "due_on": "2100-01-01"})
    assert (stranger.status_code, stranger.json()["sentence"]) == (
        409,
        "The owner of an action is one of the provider's own people.",
    )
    assert not CaseloadReview.objects.exists()


def test_an_action_is_assigned_read_and_done_by_its_owner(world: World, address: str) -> None:
    supervisor, practitioner = world.provider["supervisor"], world.provider["practitioner"]
    wanted = {"text": "Ring the ward", "owner": email_of(world, Role.PRACTITIONER), "due_on": "2100-01-01"}
    gone = person(Role.PRACTITIONER, world.contract.provider)
    User.objects.filter(pk=gone.pk).update(is_active=False, deactivated_at=timezone.now())
    assert supervisor.post(f"{address}actions/", {**wanted, "owner": gone.email}).status_code == 409

    made = supervisor.post(f"{address}actions/", wanted, key="once")
    assert supervisor.post(f"{address}actions/", wanted, key="once").json() == made.json()
    assert (made.status_code, made.json()["status"], made.json()["member"]) == (201, "open", None)
    about = supervisor.post(f"{address}actions/", {**wanted, "member": world.members[1].pk}).json()
    assert about["member_ref"] == world.members[1].reference

    listed = [practitioner.get(path, mine="yes").json()["count"] for path in ("actions/", f"{address}actions/")]
    assert (listed, supervisor.get("actions/", mine="yes").json()["count"]) == ([2, 2], 0)
    one = f"actions/{made.json()['id']}/"
    for role, expected in (("quality", 403), ("finance", 404)):
        assert world.provider[role].post(f"{one}complete/", {"outcome": "Not mine"}).status_code == expected
    assert world.outsider.post(f"{one}complete/", {"outcome": "Not mine"}).status_code == 404
    done = practitioner.post(f"{one}complete/", {"outcome": "They ring back"})
    again = supervisor.post(f"{one}complete/", {"outcome": "Twice"})

    assert (done.status_code, done.json()["status"], done.json()["outcome"]) == (200, "done", "They ring back")
    assert (again.status_code, again.json()["sentence"]) == (409, "This action is done already.")
    assert world.provider["analyst"].get(one).json()["outcome"] is None
    assert [row["status"] for row in supervisor.get("actions/").json()["results"]] == ["open", "done"]


def test_notes_are_read_by_the_care_team_and_who_was_read_is_logged(world: World, address: str) -> None:
    supervisor, member = world.provider["supervisor"], world.members[0]
    supervisor.post(f"{address}notes/", {"member": member.pk, "text": "Nobody rings"})
    texts = {
        role: [one["text"] for one in world.provider[role].get(f"{address}notes/").json()["results"]]
        for role in ("supervisor", "practitioner", "analyst", "operations")
    }
    assert texts == {
        "supervisor": ["Nobody rings"],
        "practitioner": ["Nobody rings"],
        "analyst": [None],
        "operations": [None],
    }
    before = AccessEntry.objects.latest("pk").pk

    record = supervisor.get(f"{address}records/").json()
    auditor = world.commissioner["auditor"].get(f"{address}records/").json()

    assert (record["count"], record["results"][0]["service"]) == (3, "crisis_visit")
    assert record["results"][0]["faults"] == ["waits for verification"]
    assert {one["member_ref"] for one in record["results"]} == {one.reference for one in world.members}
    assert not {one["member_ref"] for one in auditor["results"]} & {one.reference for one in world.members}
    logged = {pk for entry in AccessEntry.objects.filter(pk__gt=before) for pk in entry.members}
    assert logged == {one.pk for one in world.members}


def test_a_week_asks_as_often_for_one_of_each_as_for_five(world: World, address: str, team: Any) -> None:
    supervisor = world.provider["supervisor"]

    def leaves(member: Any) -> None:
        note = {"member": member.pk, "text": "Nobody rings", "action": "Ring", "due_on": "2100-01-01"}
        owner = person(Role.PRACTITIONER, world.contract.provider).email
        assert supervisor.post(f"{address}notes/", {**note, "owner": owner}).status_code == 201

    def asked() -> list[int]:
        counts = []
        for path in (*(f"{address}{of}" for of in ("", "members/", "records/", "notes/", "actions/")), "actions/"):
            with CaptureQueriesContext(connection) as run:
                assert supervisor.get(path).status_code == 200
            counts.append(len(run))
        return counts

    leaves(world.members[0])
    asked()  # what is kept from one request to the next is kept now
    few = asked()
    for _number in range(4):
        member = MemberFactory(organisation=world.contract.provider)
        CoverageSpanFactory(contract=world.contract, member=member)
        AssignmentFactory(member=member, team=team)
        ActivityFactory(contract=world.contract, member=member, service="crisis_visit")
        leaves(member)
    assert asked() == few


def test_addresses_that_name_no_week_and_parameters_that_nobody_declared(world: World, address: str) -> None:
    supervisor = world.provider["supervisor"]
    for day in ("2026-01-13", "monday", "0001-01-01", "9999-12-27"):
        assert supervisor.get(address.replace(MONDAY, day)).status_code == 404
    assert supervisor.get(f"{address}members/", stands="yes").status_code == 400
    assert supervisor.get(f"weeks/{world.contract.code}/missing/").json()["count"] == 0
    with patch("baseline.queries.reviews.weeks_until") as until:
        until.return_value = (date(2026, 1, 12), date(2026, 1, 19))
        found = supervisor.get(f"weeks/{world.contract.code}/missing/", month="2026-01").json()
    assert [(one["monday"], one["month"]) for one in found["results"]] == [
        (MONDAY, "2026-01"),
        ("2026-01-19", "2026-01"),
    ]
