"""Each role signs in to a small demo with its password and walks its menu: every page opens, for everybody's eyes.

No page breaks the content security policy (that is in `new_page`), and axe finds nothing: on a desk in light and
dark, and on a phone. What several roles see is looked at in all three by the first of them, in light by the others.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page

from blended_pilot.demo import loading
from blended_pilot.demo.people import DEMO_PASSWORD, DemoPerson, one_per_role
from blended_pilot.demo.story import Story

pytestmark = pytest.mark.django_db(transaction=True)

MENU = "els => els.map(e => e.getAttribute('href')).filter(h => h && h.startsWith('/') && !h.startsWith('/sign-in/'))"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
WIDER_THAN_THE_SCREEN = "document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"


def sign_in(page: Page, person: DemoPerson) -> None:
    page.goto("/")
    page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(person.email)
    page.get_by_label("Password", exact=True).fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("heading", name="My work").wait_for()


def addresses(page: Page) -> list[str]:
    """Everything in the menu, and the first thing that each list leads to."""
    pages = list(dict.fromkeys(["/", *page.eval_on_selector_all("nav a", MENU)]))
    opened = []
    for address in pages:
        page.goto(address)
        opened += page.eval_on_selector_all("main tbody tr:first-child a", MENU)[:1]
    return list(dict.fromkeys([*pages, *opened]))


def looked_at(page: Page, axe: Callable[[Page], list[str]], *, closely: bool) -> list[str]:
    """What is wrong with the open page."""
    found = axe(page)
    if closely:
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {finding}" for finding in axe(page)]
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)
        found += [f"phone: {finding}" for finding in axe(page)]
        if page.evaluate(WIDER_THAN_THE_SCREEN):
            found.append("phone: the page is wider than the screen")
        page.set_viewport_size(DESK)
    return found


def test_every_role_walks_its_menu(new_page: Callable[..., Page], axe: Callable[[Page], list[str]]) -> None:
    now = datetime.now(UTC)
    loading.load(story=Story(today=loading.today(now), members=60, months=3), now=now)
    seen: set[str] = set()
    findings: dict[str, list[str]] = {}
    for person in one_per_role():
        page = new_page()
        sign_in(page, person)
        for address in addresses(page):
            answer = page.goto(address)
            assert answer is not None
            wrong = [] if answer.ok else [f"answered {answer.status}"]
            wrong += looked_at(page, axe, closely=address not in seen)
            seen.add(address)
            if wrong:
                findings[f"{person.role} {address}"] = wrong
        page.context.close()
    assert findings == {}
    assert len(seen) > 20
