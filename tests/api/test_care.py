"""Complaints, safety signals and follow-ups by programs."""

import pytest

from accounts.models import Membership, Role
from baseline.models import Activity, Event, FollowUp
from tests.api.conftest import World
from tests.factories.baseline import FollowUpFactory
from tests.factories.eligibility import MemberFactory

pytestmark = pytest.mark.django_db
SAFEGUARDING = "Not safe at home"


def test_a_program_records_takes_up_and_closes_an_event_without_reading_what_concerns_safeguarding(
    world: World,
) -> None:
    supervisor = world.provider["supervisor"]
    owner = Membership.objects.get(role=Role.SUPERVISOR, organisation=world.contract.provider).user.email
    made = supervisor.post(
        "events/",
        {
            "contract": world.contract.code,
            "member": world.members[0].pk,
            "kind": "safety",
            "occurred_on": "2026-02-03",
            "severity": "moderate",
            "description": "Fell in the kitchen",
            "owner": owner,
        },
    )
    assert (made.status_code, made.json()["owner"]) == (201, owner)
    address = f"events/{made.json()['id']}/"
    Event.objects.update(safeguarding=SAFEGUARDING)

    stranger = supervisor.post(f"{address}take-up/", {"severity": "severe", "owner": "nobody@example.org"})
    taken = supervisor.post(f"{address}take-up/", {"severity": "severe", "category": "fall", "due_on": "2026-02-10"})
    closed = supervisor.post(f"{address}close/", {"closed_on": "2026-02-09", "learning": "Grab rails first"})
    again = supervisor.post(f"{address}close/", {"closed_on": "2026-02-09", "learning": "Twice"})

    assert [answer.status_code for answer in (stranger, taken, closed, again)] == [409, 200, 200, 409]
    assert (taken.json()["severity"], taken.json()["owner"], taken.json()["due_on"]) == ("severe", None, "2026-02-10")
    assert (closed.json()["learning"], closed.json()["closed_on"]) == ("Grab rails first", "2026-02-09")
    answers = [supervisor.get(address), supervisor.get("events/"), world.commissioner["clinical_lead"].get(address)]
    assert not any(SAFEGUARDING in answer.content.decode() for answer in (made, taken, closed, *answers))
    seen = world.commissioner["auditor"].get(address).json()
    assert (seen["owner"], seen["severity"]) == (None, "severe")


def test_a_program_corrects_an_open_event_and_opens_a_closed_one_again(world: World) -> None:
    supervisor, member = world.provider["supervisor"], world.members[0]
    said = {"member": member.pk, "kind": "safety", "occurred_on": "2026-02-03"}
    made = supervisor.post("events/", {**said, "contract": world.contract.code, "severity": "low"})
    address = f"events/{made.json()['id']}/"
    right = {**said, "kind": "complaint", "description": "Nobody came", "reason": "Misheard"}

    answers = [
        supervisor.post(f"{address}open-again/", {"reason": "It is open"}),
        supervisor.post(f"{address}correct/", {**right, "member": MemberFactory().pk}),
        supervisor.post(f"{address}correct/", {**right, "reason": ""}),
        world.provider["practitioner"].post(f"{address}correct/", right),
        supervisor.post(f"{address}correct/", right),
        supervisor.post(f"{address}close/", {"closed_on": "2026-02-09", "learning": "Ring first"}),
        supervisor.post(f"{address}correct/", right),
        supervisor.post(f"{address}open-again/", {"reason": "It happened again"}),
    ]

    assert [answer.status_code for answer in answers] == [409, 404, 422, 403, 200, 200, 409, 200]
    event = Event.objects.get()
    assert (event.member, event.kind, event.description) == (member, "complaint", "Nobody came")
    assert (event.closed_on, event.learning) == (None, "Ring first")
    reasons = Event.history.model.objects.order_by("history_id").values_list("history_change_reason", flat=True)
    assert list(reasons)[1::2] == ["Misheard", "It happened again"]


def test_a_program_says_that_a_follow_up_will_not_take_place(world: World) -> None:
    one = FollowUpFactory(activity=Activity.objects.filter(member=world.members[0]).first())
    address = f"follow-ups/{one.pk}/cancel/"

    assert world.provider["finance"].post(address, {"reason": "Moved away"}).status_code == 403
    given = world.provider["practitioner"].post(address, {"reason": "Moved away"})

    assert (given.status_code, given.json()["status"]) == (200, "cancelled")
    assert FollowUp.objects.get().cancelled_reason == "Moved away"
    assert world.provider["practitioner"].post(address, {"reason": "Again"}).status_code == 409
