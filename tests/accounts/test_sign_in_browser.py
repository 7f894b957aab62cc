"""The ways in and the detours in a real browser: adding a demanded factor, confirming, being told why one is out."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.cached_db import SessionStore
from playwright.sync_api import Page, expect

from accounts.queries.second_factors import has_one
from tests.accounts.conftest import Place
from tests.accounts.test_browser import LOOKS
from tests.accounts.test_second_factors import code_of, with_app
from tests.accounts.test_step_up import PASSWORD, minutes_later

pytestmark = [pytest.mark.django_db(transaction=True)]
Axe = Callable[[Page], list[str]]


class Browser:
    """The session behind a page, to let time go by in it."""

    def __init__(self, page: Page) -> None:
        [cookie] = [one for one in page.context.cookies() if one["name"] == "sessionid"]
        self.session = SessionStore(cookie["value"])


@pytest.fixture(autouse=True)
def as_in_production(settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["all"]
    settings.STEP_UP_MINUTES = 10
    settings.MFA_TOTP_TOLERANCE = 1


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_signing_in_are_accessible_and_lead_on(
    look: dict[str, Any],
    ours: Place,
    new_page: Callable[..., Page],
    axe: Axe,
    picture: Callable[..., Any],
) -> None:
    with_app(ours.intake)
    ours.administrator.set_password(PASSWORD)
    ours.administrator.save()
    page, found = new_page(**look), {}

    def look_at(name: str) -> None:
        found[name] = axe(page)
        picture(page, f"sign-in-{name}-{'-'.join(look) or 'light'}")

    page.goto("/people/")
    page.get_by_label("Email").fill(ours.administrator.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Add a second factor")).to_be_visible()
    look_at("second-factor")
    page.get_by_role("link", name="Use an authenticator app").click()
    expect(page.locator("input[name=code]")).to_be_visible()
    look_at("app")
    page.locator("input[name=code]").fill(code_of(Browser(page).session["mfa.totp.secret"]))
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/recovery-codes/**")
    look_at("recovery-codes")

    page.goto(f"/people/{ours.intake.pk}/")
    look_at("person")
    page.get_by_role("link", name="Take away").click()
    page.get_by_label("Reason").fill("Lost her phone")
    look_at("take-away")
    minutes_later(Browser(page), 11)
    page.get_by_role("button", name="Take it away").click()
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    look_at("confirm")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("button", name="Take away the second factor")).to_be_visible()
    look_at("go-on")
    page.get_by_role("button", name="Take away the second factor").click()
    expect(page.get_by_text("The second factor is taken away")).to_be_visible()

    minutes_later(Browser(page), 31)
    page.goto("/people/")
    expect(page.get_by_text("nothing was done for 30 minutes")).to_be_visible()
    look_at("idle")

    assert {name: faults for name, faults in found.items() if faults} == {}
    assert not has_one(ours.intake.pk)
