"""The plan: expected quantity and money, keyed by everything that a row is split by."""

from decimal import Decimal
from typing import Any

import pytest

from contracts.models import PlanLine
from tests.factories.contracts import signed_contract
from tests.factories.feeds import counts, rejected, send

pytestmark = pytest.mark.django_db
HEADER = "month,level,cohort,quantity,amount\n"


@pytest.fixture
def contract() -> Any:
    return signed_contract()


def lines() -> list[tuple[str, str, str, Decimal, Decimal | None]]:
    return [
        (f"{line.month:%Y-%m}", line.level, line.cohort, line.quantity, line.amount)
        for line in PlanLine.objects.order_by("month", "level", "cohort")
    ]


def test_a_plan_is_kept_by_all_its_dimensions_and_sent_again_changes_nothing(contract):
    text = HEADER + "2026-01,L1,adult,100,4000.00\n2026-01,L1,,120,\n2026-02,,,150,6000"
    first = send("plan", contract, text)
    before = PlanLine.history.count()

    again = send("plan", contract, text)

    assert (counts(first), counts(again)) == ((3, 3, 0, 0), (3, 0, 3, 0))
    assert PlanLine.history.count() == before
    assert lines() == [
        ("2026-01", "L1", "", Decimal(120), None),
        ("2026-01", "L1", "adult", Decimal(100), Decimal(4000)),
        ("2026-02", "", "", Decimal(150), Decimal(6000)),
    ]


def test_new_figures_change_the_line_and_an_absent_amount_stays(contract):
    send("plan", contract, HEADER + "2026-01,L1,adult,100,4000")

    run = send("plan", contract, "month,level,cohort,quantity\n2026-01,L1,adult,110")

    assert counts(run) == (1, 1, 0, 0)
    assert lines() == [("2026-01", "L1", "adult", Decimal(110), Decimal(4000))]


def test_undeclared_codes_bad_months_and_contradictions_are_rejected(contract):
    run = send(
        "plan",
        contract,
        HEADER
        + "2026-01,L9,,1,\n2026-13,L1,,1,\n2026-01,L1,,-1,\n"
        + "2026-01,L2,,1,\n2026-01,L2,,2,\n2026-01,L3,,1,\n2026-01,L3,,1,",
    )

    assert rejected(run) == [
        (2, "level", "L9"),
        (3, "month", "2026-13"),
        (4, "quantity", "-1"),
        (5, "month", "2026-01"),
        (6, "month", "2026-01"),
    ]
    assert counts(run) == (7, 1, 1, 5)
