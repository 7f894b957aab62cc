"""Every page of members, their carers and delivered work in a real browser, light, dark and on a phone."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import AccessEntry, Role
from baseline.models import Activity
from blended_pilot.kernel.audit import recording
from eligibility.models import Assignment, CoverageSpan, LevelSpan, Member
from tests.eligibility.conftest import World
from tests.factories.baseline import ActivityFactory
from tests.factories.eligibility import (
    AssignmentFactory,
    CoverageSpanFactory,
    LevelSpanFactory,
    MemberFactory,
    PractitionerFactory,
)

pytestmark = [pytest.mark.django_db(transaction=True)]

LOOKS = [
    pytest.param({}, id="light"),
    pytest.param({"dark": True}, id="dark"),
    pytest.param({"phone": True}, id="phone"),
]


@pytest.fixture
def lively(ours: World) -> World:
    """A member with a moved cohort, a provisional start, three levels, a lapse and a new carer; and a crowd."""
    contract, provider = ours.contract, ours.contract.provider
    Member.objects.filter(pk=ours.member.pk).update(
        given_name="Amara", family_name="Okafor", sex="female", ethnicity="Black African", language="English"
    )
    with recording(actor=ours.at_provider(Role.INTAKE), reason="Turned 65; the roster was late."):
        CoverageSpan.objects.filter(pk=ours.coverage.pk).update(ends_before=date(2026, 8, 1))
    CoverageSpanFactory(
        contract=contract, member=ours.member, starts_on=date(2026, 8, 1), cohort="older", geography="south"
    )
    LevelSpan.objects.all().delete()
    for level, first, before in (
        ("L1", date(2026, 2, 10), date(2026, 5, 1)),
        ("L3", date(2026, 5, 1), date(2026, 7, 20)),
        ("L2", date(2026, 7, 20), date(2026, 10, 5)),
    ):
        LevelSpanFactory(
            contract=contract,
            member=ours.member,
            level=level,
            starts_on=first,
            ends_before=before,
            instrument="acuity",
            score=17,
            decided_by="R. Ahmed, clinical lead",
            rationale="Two unplanned contacts in a week; a daily call helps.",
        )
    successor = PractitionerFactory(organisation=provider, name="Ines Duarte", reference="p-17")
    AssignmentFactory(member=ours.member, practitioner=ours.practitioner, team=ours.team, ends_before=date(2026, 6, 1))
    AssignmentFactory(member=ours.member, practitioner=successor, team=ours.team, starts_on=date(2026, 6, 1))
    today = date(2026, 2, 1)
    AssignmentFactory(
        member=ours.member,
        kind="cover",
        practitioner=ours.practitioner,
        team=None,
        starts_on=today,
        ends_before=today + timedelta(days=700),
    )
    for number, member in enumerate(MemberFactory.create_batch(40, organisation=provider)):
        CoverageSpanFactory(contract=contract, member=member, cohort=("adult", "older")[number % 2])
        if number % 3:
            LevelSpanFactory(contract=contract, member=member, level=f"L{number % 3 + 1}")
        if number % 4:
            AssignmentFactory(member=member, practitioner=successor, team=ours.team)
        ActivityFactory(contract=contract, member=member, service=("outreach", "crisis_visit")[number % 2])
    ActivityFactory(
        contract=contract,
        member=ours.member,
        activity_ref="V-1",
        service="crisis_visit",
        verified_on=date(2026, 1, 20),
        verified_by="K. Lindqvist",
        planned=False,
        place="Home",
        outcome="settled",
        minutes=50,
    )
    ActivityFactory(contract=contract, member=ours.member, activity_ref="V-2", service="crisis_visit", reverses="V-1")
    return ours


def addresses(world: World) -> dict[str, str]:
    assignment = Assignment.objects.filter(member=world.member, kind="lead").latest("starts_on")
    record = Activity.objects.get(activity_ref="V-1")
    member = f"/members/{world.member.pk}"
    return {
        "members": "/members/?covered=yes",
        "members-none": "/members/?text=nobody-is-called-so",
        "member": f"{member}/",
        "history": f"{member}/history/",
        "member-activity": f"/activity/member/{world.member.pk}/",
        "assign": f"{member}/assign/",
        "end-assignment": f"/members/assignments/{assignment.pk}/end/",
        "withdraw-assignment": f"/members/assignments/{assignment.pk}/withdraw/",
        "correct-dates": f"/members/coverage/{world.coverage.pk}/days/",
        "change-group": f"/members/coverage/{world.coverage.pk}/group/",
        "void": f"/members/coverage/{world.coverage.pk}/void/",
        "hand-over": f"/members/hand-over/?practitioner={assignment.practitioner_id}",
        "teams": "/teams/",
        "team": f"/teams/{world.team.pk}/",
        "practitioners": "/practitioners/",
        "practitioner": f"/practitioners/{assignment.practitioner_id}/",
        "change-practitioner": f"/practitioners/{assignment.practitioner_id}/change/",
        "add-practitioner": "/practitioners/add/",
        "caseload": "/members/mine/",
        "activity": "/activity/",
        "record": f"/activity/{record.pk}/",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_accessible(
    look: dict[str, Any],
    lively: World,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Any],
) -> None:
    page = new_page(lively.at_provider(Role.SUPERVISOR), **look)
    found = {}
    for name, address in addresses(lively).items():
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 200, address
        found[name] = axe(page)
        picture(page, f"eligibility-{name}-{'-'.join(look) or 'light'}")
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_the_commissioners_pages_are_accessible(
    look: dict[str, Any],
    lively: World,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Any],
) -> None:
    page = new_page(lively.at_commissioner(Role.AUDITOR), **look)
    address = f"/members/{lively.member.pk}/"
    page.goto(address)
    page.get_by_text("Reveal the name").click()
    found = {"closed": axe(page)}
    picture(page, f"eligibility-auditor-{'-'.join(look) or 'light'}")
    page.get_by_label("Why you need the name").fill("Sample 12 of the yearly audit.")
    page.get_by_role("button", name="Reveal once").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Amara Okafor")
    found["revealed"] = axe(page)
    page.goto(f"{address}seen/")
    expect(page.get_by_text("Sample 12 of the yearly audit.")).to_be_visible()
    found["seen"] = axe(page)
    picture(page, f"eligibility-seen-{'-'.join(look) or 'light'}")
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_a_supervisor_hands_a_caseload_over_by_keyboard(
    lively: World, new_page: Callable[..., Page], axe: Callable[[Page], list[str]], picture: Callable[..., Any]
) -> None:
    """From the practitioner's page to the last confirmation without a mouse."""
    leaving = Assignment.objects.filter(member=lively.member, kind="lead").latest("starts_on").practitioner
    page = new_page(lively.at_provider(Role.SUPERVISOR))
    page.goto(f"/practitioners/{leaving.pk}/")
    page.get_by_role("link", name="Hand members over").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Practitioner").focus()
    page.keyboard.type("OURScarer")
    page.get_by_label("From").fill("2026-11-15")
    page.get_by_label("Reason").focus()
    page.keyboard.type("Leaves at the end of the month.")
    page.get_by_role("button", name="Show what would happen").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What would happen")).to_be_visible()
    faults = axe(page)
    picture(page, "eligibility-hand-over-preview-light")
    moving = page.get_by_role("button", name="Hand over 31 members")
    moving.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Handed over: 31 moved, 0 newly assigned, 0 were there already.")).to_be_visible()
    assert faults == []
    assert Assignment.objects.filter(practitioner=leaving, ends_before=None).count() == 0
    assert AccessEntry.objects.filter(what="Hand-over preview").exists()
