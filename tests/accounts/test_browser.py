"""Every page of this stage in a real browser: nothing in the way of anybody, light, dark and on a phone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page

from accounts.models import AccessEntry, Notice, Role
from accounts.operations import roles
from tests.accounts.conftest import NOW, TODAY, Place
from tests.factories.accounts import person

pytestmark = [pytest.mark.django_db(transaction=True)]

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
