"""From files to a statement by commands alone, and what happens when the past turns out to have been different."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.journeys import pilot

PREPARER, APPROVER = "finance@carers.example", "finance@county.example"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """`run("cycle", "open", …)`: the command's JSON answer."""

    def command(name: str, *arguments: str) -> dict[str, Any]:
        out = io.StringIO()
        call_command(name, *arguments, "--json", stdout=out)
        answer: dict[str, Any] = json.loads(out.getvalue())
        return answer

    return command


@pytest.fixture
def send(run: Callable[..., dict[str, Any]], tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    """`send("roster", text)`: the feed command's answer."""

    def feed(kind: str, text: str) -> dict[str, Any]:
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        return run("feed", kind, str(path), "--contract", "HAND")

    return feed


@pytest.fixture
def signed(run: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(pilot.CONTRACT)
    run("contract", "load", str(path))
    for email, organisation in ((PREPARER, "carers"), (APPROVER, "county")):
        run("person", "add", email, "--name", email, "--role", "finance", "--organisation", organisation)
        run("contract", "sign", "HAND", "--version", "1", "--by", email)


def statement(month: str, folder: Path) -> list[tuple[str, ...]]:
    """Component, line kind, service month, level, geography, service, quantity, amount and reason of each line."""
    path = folder / "statement.csv"
    call_command("statement", "HAND", month, "--format", "csv", "--out", str(path), stdout=io.StringIO())
    with path.open(newline="") as lines:
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
            for row in csv.DictReader(lines)
        )


def unpaid(folder: Path) -> list[tuple[str, ...]]:
    path = folder / "unpaid.csv"
    call_command("ledger", "HAND", "--unpaid", "--out", str(path), stdout=io.StringIO())
    with path.open(newline="") as lines:
        return sorted((row["activity_ref"], row["code"], row["amount"]) for row in csv.DictReader(lines))


def close(run: Callable[..., dict[str, Any]], month: str) -> None:
    run("cycle", "run", "HAND", "--from", month, "--to", month, "--prepared-by", PREPARER, "--approved-by", APPROVER)


@pytest.mark.usefixtures("signed")
def test_a_month_is_paid_as_signed_and_the_next_one_makes_good_what_became_known(
    run: Callable[..., dict[str, Any]], send: Callable[[str, str], dict[str, Any]], tmp_path: Path
) -> None:
    send("roster", pilot.ROSTER)
    send("levels", pilot.LEVELS)
    send("services", pilot.SERVICES)

    close(run, "2025-01")
    assert statement("2025-01", tmp_path) == [
        ("activity", "current", "2025-01", "L1", "north", "visit", "2", "100.00", ""),
        ("baseline", "current", "2025-01", "", "", "core", "1", "500.00", ""),
        ("baseline", "current", "2025-01", "L1", "north", "", "1", "100.00", ""),
        ("baseline", "current", "2025-01", "L2", "south", "", "1", "200.00", ""),
    ]
    assert unpaid(tmp_path) == [
        ("v2", "unverified", "50.00"),
        ("v3", "duplicate", "100.00"),
        ("v4", "not_enrolled", "50.00"),
    ]

    send("roster", pilot.ROSTER_LATER)
    send("levels", pilot.LEVELS_LATER)
    send("services", pilot.SERVICES_LATER)
    close(run, "2025-02")
    assert statement("2025-02", tmp_path) == [
        ("activity", "adjustment", "2025-01", "L1", "north", "visit", "1", "50.00", "retro_coverage"),
        ("activity", "adjustment", "2025-01", "L1", "south", "visit", "1", "50.00", "late_verification"),
        ("baseline", "adjustment", "2025-01", "L1", "north", "", "1", "100.00", "retro_coverage"),
        ("baseline", "adjustment", "2025-01", "L1", "south", "", "1", "100.00", "retro_level"),
        ("baseline", "adjustment", "2025-01", "L2", "south", "", "-1", "-200.00", "retro_level"),
        ("baseline", "current", "2025-02", "", "", "core", "1", "500.00", ""),
        ("baseline", "current", "2025-02", "L1", "north", "", "2", "200.00", ""),
        ("baseline", "current", "2025-02", "L1", "south", "", "1", "100.00", ""),
    ]
    assert unpaid(tmp_path) == [("v3", "duplicate", "100.00")]
    call_command("verify", "HAND", stdout=io.StringIO())


@pytest.mark.usefixtures("signed")
def test_files_sent_twice_and_a_month_without_news_change_nothing(
    run: Callable[..., dict[str, Any]], send: Callable[[str, str], dict[str, Any]], tmp_path: Path
) -> None:
    for _ in range(2):
        answers = [send("roster", pilot.ROSTER), send("levels", pilot.LEVELS), send("services", pilot.SERVICES)]
    assert [(answer["applied"], answer["unchanged"], answer["rejected"]) for answer in answers] == [
        (0, 3, 0),
        (0, 2, 0),
        (0, 5, 0),
    ]
    close(run, "2025-01")
    send("services", pilot.SERVICES)
    close(run, "2025-02")
    assert {line[1] for line in statement("2025-02", tmp_path)} == {"current"}
