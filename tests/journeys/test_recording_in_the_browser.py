"""A practitioner records with one thumb; a supervisor verifies by keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from baseline.models import Activity
from tests.baseline.pilot import Pilot, pilot
from tests.factories.baseline import ActivityFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("work_at_once")]

CONTACTS = 10


@pytest.fixture
def here(transactional_db: None) -> Pilot:
    return pilot()


class Thumb:
    """Counts what a person does on a page: taps, and texts typed."""

    def __init__(self, page: Page) -> None:
        self.page, self.done = page, 0

    def tap(self, where: Any) -> None:
        where.click()
        self.done += 1

    def fill(self, where: Any, text: str) -> None:
        where.fill(text)
        self.done += 1


def test_ten_contacts_take_fewer_than_25_interactions_on_a_phone(
    here: Pilot, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    members = [here.member, *(here.another_member() for _ in range(CONTACTS - 1))]
    page = new_page(here.carer, phone=True)
    page.goto("/activity/my-people/")
    assert axe(page) == []
    thumb = Thumb(page)

    thumb.tap(page.get_by_role("link", name="Record Mia Member"))
    assert axe(page) == []
    thumb.tap(page.get_by_role("link", name="Outreach"))
    assert axe(page) == []
    expect(page.get_by_text("Baseline, expected 2 this month, this is the 1st.")).to_be_visible()
    for number in range(CONTACTS):
        thumb.fill(page.get_by_label("Minutes"), str(10 + number))
        last = number == CONTACTS - 1
        save = (
            page.get_by_role("button", name="Save", exact=True)
            if last
            else page.get_by_role("button", name="Save, next")
        )
        thumb.tap(save)
        expect(page.get_by_text("recorded. Baseline")).to_be_visible()

    assert thumb.done < 25
    recorded = Activity.objects.order_by("pk")
    assert [one.minutes for one in recorded] == [10 + number for number in range(CONTACTS)]
    assert {one.member_id for one in recorded} == {member.pk for member in members}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_sentence_above_the_form_follows_what_is_chosen(here: Pilot, new_page: Callable[..., Page]) -> None:
    page = new_page(here.carer, phone=True)
    page.goto(f"/activity/record/{here.member.pk}/?service=visit")
    forecast = page.locator("#forecast")
    expect(forecast).to_contain_text("will be paid once somebody else has verified it")

    page.get_by_role("group", name="Acutely worse").get_by_text("Not met").click()
    expect(forecast).to_contain_text("answered as not met")
    page.get_by_text("No answer").click()
    expect(forecast).to_contain_text("nothing was delivered")


def test_a_supervisor_verifies_by_keyboard_alone(
    here: Pilot, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    today = timezone.localdate()
    for _ in range(3):
        ActivityFactory(contract=here.contract, member=here.member, service="visit", occurred_on=today)
    page = new_page(here.supervisor)
    page.goto("/activity/verification/")
    assert axe(page) == []

    def press(label: str) -> None:
        """Tab to what is called so, and press it."""
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("(document.activeElement.innerText || '').trim()").startswith(label):
                page.keyboard.press("Enter")
                return
        pytest.fail(f"{label} cannot be reached by keyboard")

    press("Look at it")
    expect(page.get_by_role("heading", name="Verify", exact=True)).to_be_visible()
    assert axe(page) == []
    press("Verify")
    expect(page.get_by_text("is verified.")).to_be_visible()
    page.goto("/activity/verification/")
    press("Draw a sample of 2 records")
    expect(page.get_by_text("Look at these first")).to_be_visible()
    assert axe(page) == []
    press("I looked at the sample")
    expect(page.get_by_text("The list is being verified.")).to_be_visible()

    assert Activity.objects.filter(verifier=here.supervisor).count() == 3


def test_what_is_included_is_legible_to_everybody(
    here: Pilot, new_page: Callable[..., Page], axe: Callable[[Page], list[str]]
) -> None:
    for look in ({}, {"dark": True}, {"phone": True}):
        page = new_page(here.carer, **look)
        page.goto(f"/activity/included/{here.contract.code}/1/")
        assert axe(page) == []
        page.goto(
            f"/activity/included/{here.contract.code}/ask/?service=visit&on=2026-03-10&member={here.member.reference}"
        )
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
