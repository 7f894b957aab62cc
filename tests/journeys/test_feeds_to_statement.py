"""From files to a statement by commands alone, and what happens when the past turns out to have been different."""

import io
from collections.abc import Callable

import pytest
from django.core.management import call_command

from tests.journeys import pilot
from tests.journeys.conftest import Operator, Row

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(operator_of: Callable[[str], Operator]) -> Operator:
    operator = operator_of("HAND")
    operator.sign(pilot.CONTRACT)
    return operator


def lines(statement: list[Row]) -> list[tuple[str, ...]]:
    """Component, line kind, service month, level, geography, service, quantity, amount and reason, in order."""
    return sorted(
        (
            row["component"],
            row["line_kind"],
            row["service_month"][:7],
            row["level"],
            row["geography"],
            row["service"],
            f"{float(row['quantity']):g}",
            row["amount"],
            row["reason"],
        )
        for row in statement
    )


def unpaid(operator: Operator) -> list[tuple[str, ...]]:
    return sorted((row["activity_ref"], row["code"], row["amount"]) for row in operator.ledger("--unpaid"))


def test_a_month_is_paid_as_signed_and_the_next_one_makes_good_what_became_known(operator: Operator) -> None:
    operator.send("roster", pilot.ROSTER)
    operator.send("levels", pilot.LEVELS)
    operator.send("services", pilot.SERVICES)

    operator.close("2025-01")
    assert lines(operator.statement("2025-01")) == [
        ("activity", "current", "2025-01", "L1", "north", "visit", "2", "100.00", ""),
        ("baseline", "current", "2025-01", "", "", "core", "1", "500.00", ""),
        ("baseline", "current", "2025-01", "L1", "north", "", "1", "100.00", ""),
        ("baseline", "current", "2025-01", "L2", "south", "", "1", "200.00", ""),
    ]
    assert unpaid(operator) == [
        ("v2", "unverified", "50.00"),
        ("v3", "duplicate", "100.00"),
        ("v4", "not_enrolled", "50.00"),
    ]

    operator.send("roster", pilot.ROSTER_LATER)
    operator.send("levels", pilot.LEVELS_LATER)
    operator.send("services", pilot.SERVICES_LATER)
    operator.close("2025-02")
    assert lines(operator.statement("2025-02")) == [
        ("activity", "adjustment", "2025-01", "L1", "north", "visit", "1", "50.00", "retro_coverage"),
        ("activity", "adjustment", "2025-01", "L1", "south", "visit", "1", "50.00", "late_verification"),
        ("baseline", "adjustment", "2025-01", "L1", "north", "", "1", "100.00", "retro_coverage"),
        ("baseline", "adjustment", "2025-01", "L1", "south", "", "1", "100.00", "retro_level"),
        ("baseline", "adjustment", "2025-01", "L2", "south", "", "-1", "-200.00", "retro_level"),
        ("baseline", "current", "2025-02", "", "", "core", "1", "500.00", ""),
        ("baseline", "current", "2025-02", "L1", "north", "", "2", "200.00", ""),
        ("baseline", "current", "2025-02", "L1", "south", "", "1", "100.00", ""),
    ]
    assert unpaid(operator) == [("v3", "duplicate", "100.00")]
    call_command("verify", "HAND", stdout=io.StringIO())


def test_files_sent_twice_and_a_month_without_news_change_nothing(operator: Operator) -> None:
    for _ in range(2):
        answers = [
            operator.send("roster", pilot.ROSTER),
            operator.send("levels", pilot.LEVELS),
            operator.send("services", pilot.SERVICES),
        ]
    assert [(answer["rows_applied"], answer["rows_unchanged"], answer["rows_rejected"]) for answer in answers] == [
        (0, 3, 0),
        (0, 2, 0),
        (0, 5, 0),
    ]
    operator.close("2025-01")
    operator.send("services", pilot.SERVICES)
    operator.close("2025-02")
    assert {row["line_kind"] for row in operator.statement("2025-02")} == {"current"}
