"""The pages of contracts in a real browser: usable by everybody, in light, in dark and on a phone."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from accounts.models import Role, User
from contracts.operations.escalations import raise_
from tests.contracts.full_document import full
from tests.factories.accounts import UserFactory
from tests.factories.contracts import document, loaded_contract, signatory, signed_contract

pytestmark = pytest.mark.django_db(transaction=True)
STAFFING = full()["baseline"]["staffing"]


@pytest.fixture
def finance(settings: Any, tmp_path: Path) -> User:
    """The provider's finance person, with a full draft, a signed contract, its next version and an escalation."""
    settings.MEDIA_ROOT = tmp_path
    loaded_contract(**{key: value for key, value in full().items() if key != "schema"})
    parties = {"provider": full()["provider"], "commissioner": full()["commissioner"]}
    contract = signed_contract(**parties)
    loaded_contract(
        version=2,
        in_force_from="2026-02-01",
        title="Second agreement",
        baseline=document()["baseline"] | {"staffing": STAFFING, "lowest_planned_members": 300},
        **parties,
    )
    raise_(
        contract_id=contract.pk,
        sign="rota_gaps",
        subject="2026-02",
        limit="at most 10",
        figure="12 in February 2026",
        recipients=[Role.FINANCE],
        due_on=date(2026, 3, 16),
        actor=UserFactory(),
        now=datetime(2026, 3, 2, 12, tzinfo=UTC),
    )
    return signatory(contract.provider)


def addresses() -> dict[str, str]:
    return {
        "list": reverse("contracts:contracts"),
        "contract": reverse("contracts:contract", args=["MINIMAL"]),
        "terms": reverse("contracts:version", args=["FULL-2026", 1]) + "#baseline.rates[3]",
        "compare": reverse("contracts:compare", args=["MINIMAL", 1, 2]),
        "sign": reverse("contracts:sign", args=["MINIMAL", 2]),
        "align": reverse("contracts:align", args=["MINIMAL", 2]),
        "load": reverse("contracts:load"),
        "withdraw": reverse("contracts:withdraw", args=["MINIMAL", 2]),
        "escalations": reverse("contracts:escalations"),
        "escalation": reverse("contracts:escalations") + "?status=open",
    }


LOOKS = {"light": {}, "dark": {"dark": True}, "phone": {"phone": True}}


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_usable_by_everybody(
    finance: User,
    new_page: Callable[..., Page],
    axe: Callable[[Page], list[str]],
    picture: Callable[..., Path],
    look: str,
) -> None:
    page = new_page(finance, **LOOKS[look])
    found = {}
    for name, address in addresses().items():
        page.goto(address)
        if name == "escalation":
            page.get_by_role("link", name="Rota gaps 2026-02").click()
            page.wait_for_url("**/escalations/*/")
        picture(page, f"contracts-{name}-{look}")
        found[name] = axe(page)
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        assert not wide, f"{name} scrolls sideways"
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_a_person_signs_by_keyboard_alone(finance: User, new_page: Callable[..., Page]) -> None:
    page = new_page(finance)
    page.goto(reverse("contracts:align", args=["MINIMAL", 2]))
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contracts/MINIMAL/2/")
    page.goto(reverse("contracts:sign", args=["MINIMAL", 2]))
    page.get_by_role("checkbox").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contracts/MINIMAL/")
    assert page.get_by_text("You have signed. The other party has not signed yet.").is_visible()
    assert page.get_by_text("Signed by one party").is_visible()
