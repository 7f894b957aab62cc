"""From a referral to a scored member by programs alone."""

from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from accounts.models import AccessEntry
from eligibility.models import CoverageSpan, Evidence, Member
from tests.api.conftest import World
from tests.eligibility.hostile import PDF, PROGRAM
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import MemberFactory, ReferralFactory

INSTRUMENT = {
    "code": "acuity",
    "version": "2",
    "score": {"min": 0, "max": 22},
    "levels": [{"from": 0, "to": 7, "level": "L1"}, {"from": 8, "to": 22, "level": "L2"}],
}


@pytest.fixture
def store(world: World, tmp_path: Path):
    """The contract with criteria and an instrument, and a store of the test's own."""
    signed_contract(
        **{
            **world.contract.versions.get().document,
            "version": 2,
            "eligibility": {
                "provisional_level": "L1",
                "criteria": [{"code": "resident", "text": "Lives in the county", "evidence": "required"}],
                "referral_response_hours": {"urgent": 24},
            },
            "authorization": {"instruments": [INSTRUMENT]},
        }
    )
    with override_settings(MEDIA_ROOT=tmp_path):
        yield tmp_path


def test_a_referral_becomes_a_scored_member(world: World, store: Path):
    intake, practitioner = world.provider["intake"], world.provider["practitioner"]
    sent = intake.post(
        "referrals/",
        {
            "contract": world.contract.code,
            "received_at": "2026-03-02T14:30:00Z",
            "source": "Family doctor",
            "urgency": "urgent",
            "geography": "north",
            "given_name": "Ada",
        },
    )
    assert (sent.status_code, sent.json()["answered"]) == (201, "overdue")
    assert sent.json()["response_due_at"] == "2026-03-03T14:30:00Z"
    referral = sent.json()["id"]
    mended = {"received_at": "2026-03-02T16:30:00Z", "reason": "The fax says half past four"}
    for _ in range(2):  # sent twice with one key, done once
        corrected = intake.post(f"referrals/{referral}/correct/", mended, key="mend-1")
        assert (corrected.status_code, corrected.json()["response_due_at"]) == (200, "2026-03-03T16:30:00Z")
        assert (corrected.json()["source"], corrected.json()["verified_on"]) == ("Family doctor", None)
    refused = intake.post(f"referrals/{referral}/correct/", mended)
    assert (refused.status_code, refused.json()["sentence"]) == (409, "This is what stands already.")
    assert intake.post(f"referrals/{referral}/correct/", {"urgency": "routine"}).status_code == 422  # without a reason

    begun = intake.post(f"referrals/{referral}/determine/", {"given_name": "Ada", "family_name": "Zyzzyva"})
    assert begun.status_code == 201, begun.json()
    found = begun.json()["id"]
    assert begun.json()["answers"] == [
        {
            "criterion": "resident", "text": "Lives in the county", "decides": True, "needs_evidence": True,
            "answer": "", "reason": "", "evidence": [],
        }
    ]  # fmt: skip
    body = {
        "answers": [{"criterion": "resident", "answer": "met"}],
        "cohort": "adult",
        "geography": "north",
        "effective_on": "2026-03-09",
    }
    assert intake.post(f"determinations/{found}/answers/", body).status_code == 200
    refused = intake.post(f"determinations/{found}/complete/")
    assert (refused.status_code, refused.json()["reasons"]) == (409, ["“Lives in the county”: attach the evidence."])

    for content, status in ((PROGRAM, 409), (PDF, 200)):
        file = SimpleUploadedFile("bill.pdf", content)
        answer = intake.client.post(
            f"/api/v1/determinations/{found}/evidence/", {"criterion": "resident", "file": file}
        )
        assert answer.status_code == status, answer.json()
    [evidence] = answer.json()["answers"][0]["evidence"]
    done = intake.post(f"determinations/{found}/complete/")
    assert (done.status_code, done.json()["outcome"]) == (200, "eligible")
    member = Member.objects.get(family_name="Zyzzyva")
    assert CoverageSpan.objects.get(member=member).starts_on.isoformat() == "2026-03-09"

    whole = intake.client.get(f"/api/v1/evidence/{evidence}/content/")
    assert b"".join(whole.streaming_content) == PDF
    assert AccessEntry.objects.latest("pk").members == [member.pk]
    assert Evidence.objects.count() == len([path for path in store.rglob("*") if path.is_file()]) == 1

    score = {
        "contract": world.contract.code, "member": member.pk, "instrument": "acuity", "score": 9,
        "assessed_on": "2026-03-10", "assessor": "A. Nurse",
    }  # fmt: skip
    recorded = practitioner.post("assessments/", score)
    assert (recorded.status_code, recorded.json()["suggested_level"], recorded.json()["evidence"]) == (201, "L2", [])
    wrong = recorded.json()["id"]
    corrected = practitioner.post(
        f"assessments/{wrong}/supersede/",
        {"score": 3, "assessed_on": "2026-03-10", "assessor": "A. Nurse", "reason": "Misread"},
    )
    assert (corrected.json()["suggested_level"], corrected.json()["supersedes"]) == ("L1", wrong)
    right = corrected.json()["id"]
    withdrawn = practitioner.post(f"assessments/{right}/withdraw/", {"reason": "Of the sister"})
    assert (withdrawn.status_code, withdrawn.json()["withdrawn_reason"]) == (200, "Of the sister")
    again = practitioner.post(f"assessments/{right}/withdraw/", {"reason": "Of the sister"})
    assert (again.status_code, again.json()["sentence"]) == (409, "This assessment was replaced or withdrawn already.")


def test_a_program_is_told_who_is_written_alike(world: World, store: Path):
    intake = world.provider["intake"]
    referral = ReferralFactory(contract=world.contract)
    named = {"given_name": "Ada", "family_name": "Zyzzyva", "birth_date": "1961-04-05"}
    twin = MemberFactory(
        organisation=world.contract.provider,
        reference="TWIN",
        given_name="Ada",
        family_name="Zyzzyvas",
        birth_date=date(1961, 5, 4),
    )
    refused = intake.post(f"referrals/{referral.pk}/determine/", named)
    assert (refused.status_code, refused.json()["reasons"]) == (
        409,
        [f"Member {twin.pk} (TWIN): name 79% alike, day and month exchanged"],
    )
    assert AccessEntry.objects.filter(verb="search", members=[twin.pk]).exists()
    begun = intake.post(f"referrals/{referral.pk}/determine/", {"member": twin.pk})
    assert (begun.status_code, begun.json()["member"]) == (201, twin.pk)


def test_an_assessment_by_a_program_brings_its_evidence(world: World, store: Path):
    practitioner = world.provider["practitioner"]
    score = {
        "contract": world.contract.code, "member": world.members[0].pk, "instrument": "acuity", "score": "4",
        "assessed_on": "2026-03-10", "assessor": "A. Nurse",
    }  # fmt: skip
    for content, status in ((PROGRAM, 409), (PDF, 201)):
        file = SimpleUploadedFile("scale.pdf", content)
        answer = practitioner.client.post("/api/v1/assessments/", {**score, "file": file})
        assert answer.status_code == status, answer.json()
    assert (answer.json()["score"], answer.json()["evidence"]) == (4, [Evidence.objects.get().pk])


def test_members_leave_merge_and_come_back_by_programs(world: World):
    supervisor, member = world.provider["supervisor"], world.members[0]
    left = supervisor.post(
        f"members/{member.pk}/departures/",
        {"contract": world.contract.code, "kind": "discharge", "last_day": "2026-02-10", "reason": "Goals met"},
    )
    assert (left.status_code, left.json()["member_ref"]) == (201, member.reference)
    back = supervisor.post(f"departures/{left.json()['id']}/take-back/", {"reason": "Another person"})
    assert back.json()["taken_back_at"] is not None

    twin = MemberFactory(organisation=world.contract.provider, reference="TWIN")
    merged = supervisor.post(f"members/{member.pk}/merges/", {"other": twin.pk, "reason": "Same passport"})
    assert (merged.status_code, merged.json()["merged_ref"]) == (201, "TWIN")
    undone = supervisor.post(f"merges/{merged.json()['id']}/undo/", {"reason": "Sisters"})
    assert undone.json()["undone_at"] is not None
    assert CoverageSpan.objects.get(member=member).ends_before is None
