"""From a referral to a scored member by pages: intake takes in, a supervisor verifies, a practitioner assesses."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from playwright.sync_api import Page, expect

from accounts.models import Role
from authorizations.models import Assessment
from contracts.models import Contract
from eligibility.models import CoverageSpan, Determination, Member
from tests.eligibility.hostile import PDF, PROGRAM
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)

ELIGIBILITY = {
    "provisional_level": "L1",
    "criteria": [
        {"code": "resident", "text": "Lives in the county", "evidence": "required"},
        {"code": "consent", "text": "Agreed to take part", "evidence": "none"},
    ],
    "referral_response_hours": {"routine": 120, "urgent": 24},
}
ACUITY = {
    "code": "acuity",
    "version": "2",
    "score": {"min": 0, "max": 22},
    "levels": [{"from": 0, "to": 7, "level": "L1"}, {"from": 8, "to": 22, "level": "L2"}],
    "flags": ["risk"],
    "overrides": [{"when": "risk", "at_least": "L2"}],
}


@pytest.fixture
def contract(tmp_path: Path) -> Iterator[Contract]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield signed_contract(eligibility=ELIGIBILITY, authorization={"instruments": [ACUITY]})


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = {"bill.pdf": PDF, "passport.pdf": PROGRAM}
    for name, content in made.items():
        (tmp_path / name).write_bytes(content)
    return {name: tmp_path / name for name in made}


def refer(intake: Page, axe: Callable[[Page], list[str]], picture: Callable[..., Path]) -> None:
    """A referral into the log, and who it is."""
    intake.goto("/referrals/")
    intake.get_by_role("link", name="New referral").click()
    assert axe(intake) == []
    intake.get_by_label("Received", exact=True).fill("2026-03-02T09:30")
    intake.get_by_label("Who referred").fill("Family doctor")
    intake.get_by_label("Urgency").select_option("urgent")
    intake.get_by_label("Given name").fill("Ada")
    intake.get_by_label("Family name").fill("Newcomb")
    intake.get_by_label("Date of birth").fill("1961-04-05")
    intake.get_by_role("button", name="Write it into the log").click()
    expect(intake.get_by_role("heading", level=1)).to_contain_text("Answer overdue")
    assert axe(intake) == []
    picture(intake, "intake-referral")

    intake.get_by_role("link", name="Determine eligibility").click()
    expect(intake.get_by_role("link", name="Adah Newcombe")).to_be_visible()
    intake.get_by_role("button", name="Go on to the criteria").click()
    expect(intake.get_by_text("Choose them, or say why it is another person.")).to_be_visible()
    assert axe(intake) == []
    picture(intake, "intake-who")
    intake.get_by_label("Why it is nobody of those").fill("Her aunt; another address")
    intake.get_by_role("button", name="Go on to the criteria").click()


def determine(
    intake: Page, files: dict[str, Path], axe: Callable[[Page], list[str]], picture: Callable[..., Path]
) -> None:
    """Each criterion answered, a program that is called a PDF refused, and the outcome."""
    resident = intake.get_by_role("region", name="Lives in the county")
    resident.get_by_label("Met", exact=True).check()
    resident.get_by_label("Evidence").set_input_files(files["passport.pdf"])
    intake.get_by_role("button", name="Keep as a draft").click()
    expect(intake.get_by_text("passport.pdf was not kept: its content is a program")).to_be_visible()
    resident.get_by_label("Evidence").set_input_files(files["bill.pdf"])
    intake.get_by_role("region", name="Agreed to take part").get_by_label("Met", exact=True).check()
    intake.get_by_label("From", exact=True).fill("2026-03-09")
    intake.get_by_label("Cohort").select_option("adult")
    intake.get_by_label("Geography").select_option("north")
    assert axe(intake) == []
    picture(intake, "intake-determination")
    intake.get_by_role("button", name="Complete the determination").click()
    expect(intake.get_by_text("L1 provisionally, until one is decided")).to_be_visible()
    assert axe(intake) == []
    intake.get_by_role("link", name="bill.pdf").click()
    assert axe(intake) == []
    with intake.expect_download() as arriving:
        intake.get_by_role("link", name="Download").click()
    assert arriving.value.suggested_filename == "bill.pdf"


def verify(supervisor: Page) -> None:
    supervisor.goto("/")
    supervisor.get_by_role("link", name=re.compile("Referrals to verify")).click()
    supervisor.locator("main tbody tr").first.get_by_role("link").first.click()
    supervisor.get_by_role("button", name="Verify").click()
    expect(supervisor.get_by_text("The referral is verified.")).to_be_visible()


def assess(practitioner: Page, member: Member, axe: Callable[[Page], list[str]], picture: Callable[..., Path]) -> None:
    """Two scores, the second with a flag, and the chart on the member's page."""
    practitioner.goto(f"/members/{member.pk}/")
    for score, flag in (("5", False), ("6", True)):
        practitioner.get_by_role("link", name="Record an assessment").click()
        practitioner.get_by_label("Score").fill(score)
        if flag:
            practitioner.get_by_label("risk").check()
        practitioner.get_by_role("button", name="Record").click()
        expect(practitioner.get_by_role("heading", name="The score")).to_be_visible()
        assert axe(practitioner) == []
        picture(practitioner, "intake-assessment")
        practitioner.goto(f"/members/{member.pk}/")
    expect(practitioner.get_by_text(re.compile(r"acuity went from 5 on .* The latest step was \+1"))).to_be_visible()
    assert axe(practitioner) == []
    picture(practitioner, "intake-member")


def test_a_referral_becomes_a_member_with_a_score(
    contract: Contract,
    files: dict[str, Path],
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Path],
) -> None:
    MemberFactory(organisation=contract.provider, reference="R-OLD", given_name="Adah", family_name="Newcombe")
    intake = new_page(person(Role.INTAKE, contract.provider, name="Ruth"))
    refer(intake, axe, picture)
    determine(intake, files, axe, picture)
    member = Member.objects.get(given_name="Ada")
    assert Determination.objects.get().outcome == "eligible"
    assert CoverageSpan.objects.get(member=member).starts_on.isoformat() == "2026-03-09"
    verify(new_page(person(Role.SUPERVISOR, contract.provider, name="Grace")))
    assess(new_page(person(Role.PRACTITIONER, contract.provider, name="Daniel")), member, axe, picture)
    assert list(Assessment.objects.order_by("pk").values_list("score", "suggested_level")) == [(5, "L1"), (6, "L2")]
