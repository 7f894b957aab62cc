"""A supervisor reviews and signs a week by keyboard alone; a record that comes afterwards shows as a difference."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Role
from baseline.models import CaseloadReview, ReviewAction, ReviewNote, ReviewSignature
from tests.baseline.pilots import covered, reviewed_contract
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory
from tests.factories.eligibility import AssignmentFactory, PractitionerFactory, TeamFactory

pytestmark = pytest.mark.django_db(transaction=True)
FOCUSED = """() => {
    const at = document.activeElement;
    const labels = at.labels ? [...at.labels].map(label => label.innerText).join(' ') : '';
    return [labels, at.getAttribute('aria-label') || '', at.innerText || ''].join(' ').trim();
}"""
STEPS = 120


def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of this name has the focus."""
    for _step in range(STEPS):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(FOCUSED)):
            return
    pytest.fail(f"the keyboard does not reach {name!r} on {page.url}")


def press(page: Page, name: str) -> None:
    """Go there by Tab and press Enter, which leads to another page."""
    tab_to(page, name)
    with page.expect_navigation():
        page.keyboard.press("Enter")


@pytest.fixture
def world() -> dict[str, Any]:
    contract = reviewed_contract(code="HAND")
    team = TeamFactory(organisation=contract.provider, name="North team")
    practitioner = PractitionerFactory(organisation=contract.provider)
    members = [covered(contract, starts_on=date(2025, 6, 1)) for _number in range(3)]
    for member in members:
        AssignmentFactory(member=member, team=team, practitioner=practitioner, starts_on=date(2025, 6, 1))
    for service in ("outreach", "care_plan", "crisis_visit"):
        ActivityFactory(contract=contract, member=members[0], service=service, occurred_on=date(2026, 6, 2))
    return {
        "contract": contract,
        "members": members,
        "supervisor": person(Role.SUPERVISOR, contract.provider),
        "owner": person(Role.PRACTITIONER, contract.provider, name="Zoe Carer"),
    }


def test_a_week_is_reviewed_and_signed_without_a_pointer(
    world: dict[str, Any], new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    page = new_page(world["supervisor"])
    page.goto("/activity/weeks/?month=2026-06")
    press(page, "^June 1, 2026$")
    expect(page.get_by_role("heading", name="North team")).to_be_visible()
    assert axe(page) == []
    press(page, "Look at the 2 who stand out")

    tab_to(page, "What you found")
    page.keyboard.type("No visit since May.")
    tab_to(page, "^Action")
    page.keyboard.type("Visit this week")
    tab_to(page, "Who does it")
    page.keyboard.type("Zoe")
    assert axe(page) == []
    press(page, "Save and go on to the next")
    tab_to(page, "What you found")
    page.keyboard.type("In hospital, back on Friday.")
    press(page, "Save and go on to the next")

    expect(page.get_by_text("Everybody who stands out was looked at.")).to_be_visible()
    for part in ("caseload", "activity billing"):
        tab_to(page, "I sign this statement")
        page.keyboard.press("Space")
        press(page, f"Sign the {part}")
        expect(page.get_by_text("Signed. What changes from now on is shown as a difference.")).to_be_visible()

    assert ReviewSignature.objects.filter(review=CaseloadReview.objects.get()).count() == 2
    assert set(ReviewNote.objects.values_list("text", flat=True)) == {
        "No visit since May.",
        "In hospital, back on Friday.",
    }
    action = ReviewAction.objects.get()
    assert (action.text, action.owner) == ("Visit this week", world["owner"])
    expect(page.get_by_text("Changed since it was signed")).to_have_count(0)

    ActivityFactory(contract=world["contract"], member=world["members"][1], occurred_on=date(2026, 6, 3), minutes=25)
    page.reload()
    changed = page.get_by_role("region", name="Changed since it was signed").or_(
        page.get_by_role("group", name="Changed since it was signed")
    )
    expect(changed.first).to_contain_text("contacts")
    expect(changed.first).to_contain_text("25")
    expect(page.get_by_text("3 members. 2 stood out")).to_be_visible()  # as it was signed
    assert axe(page) == []
