"""Every page of this stage in a real browser: nothing in the way of anybody, light, dark and on a phone."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page

from accounts.models import AccessEntry, Notice, Role
from accounts.operations import roles
from tests.accounts.conftest import NOW, TODAY, Place
from tests.factories.accounts import person

pytestmark = [pytest.mark.django_db(transaction=True)]

PASSWORD = "correct horse battery staple"
LOOKS = [
    pytest.param({}, id="light"),
    pytest.param({"dark": True}, id="dark"),
    pytest.param({"phone": True}, id="phone"),
]


@pytest.fixture
def lively(ours: Place) -> Place:
    """People with roles and a deputy, notices, and an access log with several pages."""
    for number in range(30):
        person(list(Role)[number % len(Role)], ours.organisation, name=f"Colleague {number:02}")
    roles.name_deputy(
        actor=ours.administrator,
        now=NOW,
        membership_id=ours.intake.memberships.get().pk,
        user_id=ours.auditor.pk,
        starts_on=TODAY,
        ends_before=TODAY + timedelta(days=14),
        reason="Annual leave",
    )
    Notice.objects.create(user=ours.administrator, kind="test", sentence="March 2026 was approved.", created_at=NOW)
    AccessEntry.objects.bulk_create(
        AccessEntry(
            user=ours.intake,
            organisation=ours.organisation,
            verb=["view", "search", "export", "refused", "reveal"][number % 5],
            what=f"Member page {number}",
            members=[number],
            status=200,
        )
        for number in range(60)
    )
    return ours


@pytest.mark.parametrize("look", LOOKS)
def test_pages_for_everybody_are_accessible(
    look: dict[str, Any],
    live_server: Any,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Any],
) -> None:
    page = new_page(**look)
    found = {}
    for address in ("/sign-in/login/", "/sign-in/password/reset/", "/sign-in/signup/", "/offline/"):
        page.goto(address)
        found[address] = axe(page)
        picture(page, f"accounts{address.replace('/', '-')}{'-'.join(look) or 'light'}")
    assert {address: faults for address, faults in found.items() if faults} == {}


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_the_signed_in_are_accessible(
    look: dict[str, Any],
    lively: Place,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Any],
) -> None:
    page = new_page(lively.administrator, **look)
    role = lively.intake.memberships.get().pk
    found = {}
    for address in (
        "/",
        "/search/?q=zz",
        "/help/",
        "/help/people/",
        "/notices/",
        "/profile/",
        "/people/",
        "/people/?text=nobody-has-this-name",
        f"/people/{lively.intake.pk}/",
        "/people/add/",
        f"/people/{lively.intake.pk}/role/",
        f"/people/{lively.intake.pk}/deactivate/",
        f"/people/roles/{role}/end/",
        f"/people/roles/{role}/deputy/",
        "/access/",
        "/no-such-page/",
        "/sign-in/password/change/",
    ):
        page.goto(address)
        found[address] = axe(page)
        name = address.split("?")[0].strip("/").replace("/", "-") or "home"
        picture(page, f"accounts-{name}-{'-'.join(look) or 'light'}")
    assert {address: faults for address, faults in found.items() if faults} == {}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.urls("tests.accounts.gallery")
def test_every_partial_of_the_kit_is_accessible(
    look: dict[str, Any],
    lively: Place,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Any],
) -> None:
    page = new_page(lively.administrator, **look)
    page.goto("/gallery/?refused")
    page.get_by_text("Show the figures as a table").click()

    picture(page, f"kit-{'-'.join(look) or 'light'}")
    assert axe(page) == []


def test_the_second_factor_is_set_up_and_asked_for(
    ours: Place,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Any],
    settings: Any,
) -> None:
    settings.MFA_TOTP_TOLERANCE = 1  # the code stays good however slow the browser is to send it
    ours.intake.set_password(PASSWORD)
    ours.intake.save()
    page = new_page()
    page.goto("/profile/")
    page.get_by_label("Email").fill(ours.intake.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/profile/")
    page.goto("/sign-in/2fa/totp/activate/")
    found = {"reauthenticate": axe(page)}
    picture(page, "accounts-reauthenticate")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/totp/activate/")
    for address in ("/sign-in/2fa/", "/sign-in/2fa/webauthn/add/", "/sign-in/2fa/totp/activate/"):
        page.goto(address)
        found[address] = axe(page)
        picture(page, f"accounts{address.replace('/', '-')}light")
    secret = page.locator("#authenticator_secret").input_value()
    page.get_by_label("Authenticator code").fill(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.get_by_role("button", name="Activate").click()
    page.wait_for_url("**/recovery-codes/**")
    for address in ("/sign-in/2fa/recovery-codes/", "/sign-in/2fa/", "/profile/"):
        page.goto(address)
        found[address] = axe(page)
        picture(page, f"accounts{address.replace('/', '-')}on")

    again = new_page()
    again.goto("/sign-in/login/")
    again.get_by_label("Email").fill(ours.intake.email)
    again.get_by_label("Password").fill(PASSWORD)
    again.get_by_role("button", name="Sign in", exact=True).click()
    again.wait_for_url("**/2fa/authenticate/")
    found["authenticate"] = axe(again)
    picture(again, "accounts-authenticate")

    assert {address: faults for address, faults in found.items() if faults} == {}


def test_the_whole_shell_works_by_keyboard(lively: Place, new_page: Callable[..., Page]) -> None:
    page = new_page(lively.administrator)
    page.goto("/people/")

    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "shell-search"
    page.keyboard.type("nobody-at-all")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=nobody-at-all")
    menu = page.get_by_role("button", name="People")
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/access/")


def test_filters_narrow_the_list_in_place_and_keep_the_address(lively: Place, new_page: Callable[..., Page]) -> None:
    page = new_page(lively.administrator)
    page.goto("/people/")
    page.get_by_label("Name or address").fill("Colleague 07")
    page.get_by_label("Name or address").press("Tab")

    page.wait_for_url("**/people/?text=Colleague%2007*")
    assert page.locator("#list tbody tr").count() == 1


def test_the_theme_that_was_chosen_stays(lively: Place, new_page: Callable[..., Page]) -> None:
    page = new_page(lively.administrator)
    page.goto("/people/")
    page.get_by_role("button", name="Dark mode").click()
    page.goto("/access/")

    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert page.get_by_role("button", name="Dark mode").get_attribute("aria-pressed") == "true"
