"""Two people close a month in Chromium: the provider's finance prepares, the commissioner's approves, both download."""

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from tests.journeys import pilot
from tests.journeys.conftest import APPROVER, PREPARER, Operator
from variance.models import Cycle, CycleStatus

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("work_at_once")]

MONTH = "January 2025"
ADDRESS = "/cycles/HAND/2025-01/"


@pytest.fixture
def operator(operator_of: Callable[[str], Operator]) -> Operator:
    operator = operator_of("HAND")
    operator.sign(pilot.CONTRACT)
    for kind, text in (("roster", pilot.ROSTER), ("levels", pilot.LEVELS), ("services", pilot.SERVICES)):
        operator.send(kind, text)
    return operator


@pytest.fixture
def signed_in(new_page: Callable[..., Page]) -> Callable[[str], Page]:
    return lambda email: new_page(User.objects.get(email=email))


def press(page: Page, label: str) -> None:
    page.get_by_role("button", name=label, exact=True).click()


@pytest.mark.usefixtures("operator")
def test_two_people_close_a_month_and_download_its_statement(
    signed_in: Callable[[str], Page], axe: Callable[[Page], list[str]], tmp_path: Path
) -> None:
    provider = signed_in(PREPARER)
    provider.goto("/cycles/")
    provider.get_by_role("button", name=f"Open {MONTH}").click()
    expect(provider.get_by_text("The month is open.")).to_be_visible()
    press(provider, "Calculate")
    provider.goto(ADDRESS)
    expect(provider.get_by_text("$900.00").first).to_be_visible()
    assert axe(provider) == []
    press(provider, "Send for approval")

    commissioner = signed_in(APPROVER)
    commissioner.goto("/")
    commissioner.get_by_role("link", name=f"Approve {MONTH}").click()
    expect(commissioner).to_have_url(re.compile(ADDRESS))
    expect(commissioner.get_by_text("$900.00").first).to_be_visible()
    assert axe(commissioner) == []
    press(commissioner, "Approve")
    press(commissioner, "Close the month")
    assert Cycle.objects.get().status == CycleStatus.CLOSED

    for page in (provider, commissioner):
        page.goto(ADDRESS)
        page.get_by_role("link", name="Statement 1").click()
        assert axe(page) == []
        with page.expect_download() as arriving:
            page.get_by_role("link", name="CSV").click()
        path = tmp_path / "downloaded.csv"
        arriving.value.save_as(path)
        with path.open(newline="") as lines:
            assert sum(Decimal(row["amount"]) for row in csv.DictReader(lines)) == 900
