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
            "(() => { const e = document.activeElement; const l = e.labels && e.labels[0];"
            " return (l ? l.innerText : e.innerText || '') + ' ' + (e.getAttribute('aria-label') || ''); })()"
        )
        if described in name:
            return
    raise AssertionError(f"{described} cannot be reached by keyboard")


def test_a_request_is_asked_answered_and_decided_by_three_people(
    ours: Care, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    today = timezone.now().date()
    practitioner, lead = new_page(ours.practitioner), new_page(ours.lead)
    supervisor = new_page(ours.at(Role.SUPERVISOR))

    # asked for without a trigger: refused, with each of them named
    practitioner.goto(f"/members/{ours.member.pk}/")
    practitioner.get_by_role("link", name="Upgrade").click()
    assert axe(practitioner) == []
    practitioner.get_by_label("Level asked for").select_option("L3")
    practitioner.get_by_label("Grounds").fill("Calls every night, and nobody is there.")
    practitioner.get_by_role("button", name="Submit").click()
    expect(practitioner.get_by_text("unplanned_contacts: 0 of 3 contacts are in the record.").first).to_be_visible()
    assert axe(practitioner) == []

    # three unplanned contacts are recorded: now it carries
    ours.unplanned(today, today - timedelta(days=2), today - timedelta(days=4))
    request = Request.objects.get()
    practitioner.goto(f"/requests/{request.pk}/")
    practitioner.get_by_role("button", name="Submit").click()
    expect(practitioner.get_by_text(f"{request} is submitted.")).to_be_visible()

    # a supervisor gives it to the clinical lead
    supervisor.goto(f"/queue/{request.pk}/assign/")
    supervisor.get_by_label("Reason").fill("Knows the family")
    supervisor.get_by_role("button", name="Give").click()
    expect(supervisor.get_by_text(f"{request} was given on.")).to_be_visible()
    assert axe(supervisor) == []

    # the lead finds it, and asks: no mouse from here on
    lead.goto("/queue/")
    assert axe(lead) == []
    tab_to(lead, "Review")
    lead.keyboard.press("Enter")
    expect(lead.get_by_role("heading", name="Triggers at submission")).to_be_visible()
    assert axe(lead) == []
    lead.keyboard.press("4")
    lead.keyboard.type("Who is there at night?")
    lead.keyboard.press("Control+Enter")
    expect(lead.get_by_text("the question is sent")).to_be_visible()

    practitioner.goto("/")
    practitioner.get_by_role("link", name=f"{request}: answer the question").click()
    practitioner.get_by_label("Your answer").fill("Nobody since Friday.")
    practitioner.get_by_role("button", name="Send the answer").click()
    expect(practitioner.get_by_text("The answer is sent.")).to_be_visible()

    # approved at another level
    lead.goto(f"/queue/{request.pk}/")
    lead.keyboard.press("2")
    lead.keyboard.type("L4")
    tab_to(lead, "Reason for the difference")
    lead.keyboard.type("Recent")
    tab_to(lead, "The difference in words")
    lead.keyboard.type("Alone at night since Friday.")
    tab_to(lead, "Last day")
    lead.keyboard.type(f"{today + timedelta(days=20):%m%d%Y}")
    tab_to(lead, "Review on")
    lead.keyboard.type(f"{today + timedelta(days=14):%m%d%Y}")
    for label, text in (
        ("Clinical necessity", "Daily support."),
        ("Risk", "Falls."),
        ("Criteria relied on", "Contacts"),
    ):
        tab_to(lead, label)
        lead.keyboard.type(text)
    lead.keyboard.press("Control+Enter")
    expect(lead.get_by_text("approved otherwise than asked, decision 1")).to_be_visible()

    entry = Decision.objects.get()
    assert (entry.requested_level, entry.level, entry.decided_by) == ("L3", "L4", ours.lead)
    assert LevelSpan.objects.get(decision_no=1).level == "L4"
    practitioner.goto(f"/requests/{request.pk}/")
    expect(practitioner.get_by_text("Alone at night since Friday.")).to_be_visible()
    assert axe(practitioner) == []
