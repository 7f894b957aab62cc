"""Recording and verification by programs."""

from typing import Any

import pytest

from accounts.models import Role
from baseline.models import Activity
from tests.api.conftest import World, program_of
from tests.factories.accounts import person
from tests.factories.eligibility import PractitionerFactory

pytestmark = pytest.mark.django_db


def body(world: World, **given: Any) -> dict[str, Any]:
    return {
        "contract": world.contract.code,
        "member": world.members[0].pk,
        "service": "outreach",
        "occurred_on": "2026-02-03",
        **given,
    }


def test_a_program_records_corrects_and_reverses(world: World) -> None:
    before = Activity.objects.count()
    practitioner = world.provider["practitioner"]
    wanted = body(world, submission="6f2f3a54-29a5-4a6e-9a58-0a2d0a4d5b1c", minutes=20)

    first, again = practitioner.post("activity/record/", wanted), practitioner.post("activity/record/", wanted)

    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 201, again.json()["id"])
    assert Activity.objects.count() == before + 1
    one = first.json()["id"]
    corrected = practitioner.post(
        f"activity/{one}/correct/",
        {"service": "outreach", "occurred_on": "2026-02-03", "minutes": 25, "reason": "Typo"},
    )
    assert corrected.json()["minutes"] == 25
    assert (
        practitioner.post(f"activity/{one}/reverse/", {"reason": "Wrong"}).json()["reverses"]
        == (first.json()["activity_ref"])
    )
    assert practitioner.post(f"activity/{one}/reverse/", {"reason": "Wrong"}).status_code == 409


def test_a_record_names_whoever_delivers_unless_told_otherwise(world: World) -> None:
    carer = person(Role.PRACTITIONER, world.contract.provider)
    PractitionerFactory(organisation=world.contract.provider, reference="own-7", user=carer)
    practitioner = program_of(carer)

    made = practitioner.post("activity/record/", body(world)).json()
    nobody = practitioner.post("activity/record/", body(world, practitioner="", minutes=5)).json()
    again = {"service": "outreach", "occurred_on": "2026-02-03", "minutes": 25, "reason": "Typo"}
    corrected = practitioner.post(f"activity/{made['id']}/correct/", again).json()

    assert [one["practitioner"] for one in (made, nobody, corrected)] == ["own-7", "", "own-7"]


def test_a_day_to_come_is_refused_beforehand(world: World) -> None:
    told = world.provider["practitioner"].post("activity/forecast/", body(world, occurred_on="2099-01-01"))

    assert told.status_code == 409
    assert "has not come yet" in told.json()["sentence"]


def test_a_forecast_stores_nothing(world: World) -> None:
    before = Activity.objects.count()

    told = world.provider["practitioner"].post("activity/forecast/", body(world, service="crisis_visit")).json()

    assert (told["kind"], told["code"]) == ("episodic", "")
    assert Activity.objects.count() == before


def test_a_program_verifies_and_sends_back(world: World) -> None:
    supervisor = world.provider["supervisor"]
    listed = supervisor.get("verification/", contract=world.contract.code).json()
    assert listed["count"] == 3
    first, second = (row["id"] for row in listed["results"][:2])

    assert supervisor.post(f"activity/{first}/verify/").json()["verified_by"] != ""
    assert (
        supervisor.post(f"activity/{second}/send-back/", {"reason": "Which day?"}).json()["rejection"] == "Which day?"
    )
    assert supervisor.get("verification/").json()["count"] == 1
    assert world.provider["finance"].get(f"activity/{second}/").json()["rejection"] is None


def test_a_program_verifies_a_list(world: World, work_off: Any) -> None:
    supervisor = world.provider["supervisor"]
    batch = supervisor.post("verification/lists/", {"contract": world.contract.code}).json()
    assert (batch["records"], len(batch["sample"]), batch["status"]) == (3, 3, "drawn")

    assert supervisor.post(f"verification/lists/{batch['id']}/confirm/").status_code == 202
    work_off()

    assert supervisor.get(f"verification/lists/{batch['id']}/").json()["verified"] == 3


def test_what_is_included_is_read_by_programs_too(world: World) -> None:
    code = world.contract.code
    told = world.provider["practitioner"].get(f"contracts/{code}/versions/1/included/").json()
    assert [one["code"] for one in told["episodes"]] == ["crisis_visit"]
    assert told["episodes"][0]["price"] == ""

    assert world.provider["practitioner"].post(f"contracts/{code}/versions/1/read/").json()["version"] == 1
