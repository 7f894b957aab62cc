"""Three people and one request in Chromium: refused without triggers, asked, answered, decided by keyboard alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import Role
from authorizations.models import Decision, Request
from eligibility.models import LevelSpan
from tests.factories.care import Care, care
from tests.factories.eligibility import LevelSpanFactory

pytestmark = pytest.mark.django_db(transaction=True)

MOST_TABS = 80


@pytest.fixture
def ours(transactional_db: None) -> Care:
    made = care()
    today = timezone.now().date()
    LevelSpan.objects.all().delete()
    LevelSpanFactory(contract=made.contract, member=made.member, level="L2", starts_on=today - timedelta(days=90))
    return made


def tab_to(page: Page, described: str) -> None:
    """Press Tab until the control of that name has the focus: as somebody without a mouse does."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        name = page.evaluate(
            "(() => { const e = document.activeElement, l = e.labels && e.labels[0];"
            " if (!e.matches('a, button, input, select, textarea')) { return ''; }"
            " return ((l || e).textContent || '').replace(/\\s+/g, ' '); })()"
        )
        if described in name:
            return
    raise AssertionError(f"{described} cannot be reached by keyboard")


def test_a_request_is_asked_answered_and_decided_by_three_people(
    ours: Care, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    practitioner, lead = new_page(ours.practitioner), new_page(ours.lead)
    supervisor = new_page(ours.at(Role.SUPERVISOR))

    request = refused_and_asked_for(ours, practitioner, axe)

    supervisor.goto(f"/queue/{request.pk}/assign/")
    supervisor.get_by_label("Reason").fill("Knows the family")
    supervisor.get_by_role("button", name="Give").click()
    expect(supervisor.get_by_text(f"{request} was given on.")).to_be_visible()
    assert axe(supervisor) == []

    asked_by_keyboard(lead, request, axe)

    practitioner.goto("/")
    practitioner.get_by_role("link", name=f"{request}: answer the question").click()
    practitioner.get_by_label("Your answer").fill("Nobody since Friday.")
    practitioner.get_by_role("button", name="Send the answer").click()
    expect(practitioner.get_by_text("The answer is sent.")).to_be_visible()

    lead.goto(f"/queue/{request.pk}/")
    approved_at_another_level_by_keyboard(lead)
    entry = Decision.objects.get()
    assert (entry.requested_level, entry.level, entry.decided_by) == ("L3", "L4", ours.lead)
    assert LevelSpan.objects.get(decision_no=1).level == "L4"
    practitioner.goto(f"/requests/{request.pk}/")
    expect(practitioner.get_by_text("Alone at night since Friday.")).to_be_visible()
    assert axe(practitioner) == []


def refused_and_asked_for(ours: Care, practitioner: Page, axe: Callable[[Page], list[str]]) -> Request:
    """Without a trigger it is refused with each of them named; three unplanned contacts carry it."""
    today = timezone.now().date()
    practitioner.goto(f"/members/{ours.member.pk}/")
    practitioner.get_by_role("link", name="Upgrade").click()
    assert axe(practitioner) == []
    practitioner.get_by_label("Level asked for").select_option("L3")
    practitioner.get_by_label("Grounds").fill("Calls every night, and nobody is there.")
    practitioner.get_by_role("button", name="Submit").click()
    missing = "unplanned_contacts: 0 of 3 contacts within 14 days are in the record."
    expect(practitioner.get_by_text(missing).first).to_be_visible()
    assert axe(practitioner) == []
    ours.unplanned(today, today - timedelta(days=2), today - timedelta(days=4))
    request = Request.objects.get()
    practitioner.goto(f"/requests/{request.pk}/")
    practitioner.get_by_role("button", name="Submit").click()
    expect(practitioner.get_by_text(f"{request} is submitted.")).to_be_visible()
    return request


def asked_by_keyboard(lead: Page, request: Request, axe: Callable[[Page], list[str]]) -> None:
    lead.goto("/queue/")
    assert axe(lead) == []
    tab_to(lead, f"Review {request}")
    lead.keyboard.press("Enter")
    expect(lead.get_by_role("heading", name="Triggers at submission")).to_be_visible()
    assert axe(lead) == []
    lead.keyboard.press("4")
    lead.keyboard.type("Who is there at night?")
    lead.keyboard.press("Control+Enter")
    expect(lead.get_by_text("the question is sent")).to_be_visible()


def approved_at_another_level_by_keyboard(lead: Page) -> None:
    today = timezone.now().date()
    lead.keyboard.press("2")
    lead.keyboard.type("L4")
    for label, text in (
        ("Reason for the difference", "Recent"),
        ("The difference in words", "Alone at night since Friday."),
        ("Last day", f"{today + timedelta(days=20):%m%d%Y}"),
        ("Review on", f"{today + timedelta(days=14):%m%d%Y}"),
        ("Clinical necessity", "Daily support."),
        ("Risk", "Falls."),
        ("Criteria relied on", "Contacts"),
    ):
        tab_to(lead, label)
        lead.keyboard.type(text)
    lead.keyboard.press("Control+Enter")
    expect(lead.get_by_text("approved otherwise than asked, decision 1")).to_be_visible()
