"""Figures from elsewhere, through contract document, feeds and cycles: a real roster with claims, and worked examples.

The material lies beside the repository where the project is developed; without it these tests are skipped.
"""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.factories.contracts import document

SHARED = Path(__file__).resolve().parents[3] / "shared"
TUVA = SHARED / "data" / "tuva"
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not TUVA.is_dir(), reason="the reference figures are not beside this repository"),
]
PREPARER, APPROVER = "p@provider.example", "c@commissioner.example"
LEVELS = "member_ref,level,from,to,decided_on,decided_by,rationale\n"


class Desk:
    """An operator at the command line, with a folder for files."""

    def __init__(self, code: str, folder: Path) -> None:
        self.code, self.folder = code, folder

    def run(self, command: str, *arguments: Any) -> dict[str, Any]:
        out = io.StringIO()
        call_command(command, *map(str, arguments), "--json", stdout=out)
        answer: dict[str, Any] = json.loads(out.getvalue())
        return answer

    def sign(self, path: Path, provider: str, commissioner: str) -> None:
        self.run("contract", "load", path)
        for email, organisation in ((PREPARER, provider), (APPROVER, commissioner)):
            self.run("person", "add", email, "--name", email, "--role", "finance", "--organisation", organisation)
            self.run("contract", "sign", self.code, "--version", 1, "--by", email)

    def feed(self, kind: str, source: Path | str) -> None:
        path = source if isinstance(source, Path) else self.folder / f"{kind}.csv"
        if isinstance(source, str):
            path.write_text(source)
        assert self.run("feed", kind, path, "--contract", self.code)["rows_rejected"] == 0

    def close(self, first: str, last: str) -> list[dict[str, Any]]:
        signers = ("--prepared-by", PREPARER, "--approved-by", APPROVER)
        months: list[dict[str, Any]] = self.run("cycle", "run", self.code, "--from", first, "--to", last, *signers)[
            "months"
        ]
        return months

    def rows(self, command: str, *arguments: Any) -> Iterator[dict[str, str]]:
        path = self.folder / "out.csv"
        self.run(command, self.code, *arguments, "--out", path)
        with path.open(newline="") as file:
            yield from csv.DictReader(file)


def by_month(rows: Iterator[dict[str, str]], component: str, column: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        if row["component"] == component:
            found[row["service_month"]] += Decimal(row[column])
    return dict(found)


def one_line(path: Path, beginning: str, was: str, becomes: str) -> str:
    """Header and the lines that begin so, with one of them changed."""
    header, *lines = path.read_text().splitlines()
    chosen = [line.replace(was, becomes) for line in lines if line.startswith(beginning)]
    return "\n".join([header, *chosen]) + "\n"


def test_a_real_roster_with_claims_comes_out_as_its_own_project_says(tmp_path: Path) -> None:
    expected = json.loads((TUVA / "expected.json").read_text())
    desk = Desk("TUVA", tmp_path)
    desk.sign(TUVA / "contract.yaml", "reference-provider", "medicare")
    for kind in ("roster", "levels", "services"):
        desk.feed(kind, TUVA / f"{kind}.csv")

    assert len(desk.close("2016-01", "2018-12")) == 36
    months = by_month(desk.rows("ledger"), "baseline", "quantity")
    assert {month: int(quantity) for month, quantity in months.items()} == expected["member_months_any_day"]
    spend = by_month(desk.rows("ledger"), "activity", "amount")
    assert {month: str(amount) for month, amount in spend.items()} == expected["spend_in_coverage_by_month"]
    unpaid = [Decimal(row["amount"]) for row in desk.rows("ledger", "--unpaid") if row["code"] == "not_enrolled"]
    assert (len(unpaid), str(sum(unpaid))) == (expected["records_not_enrolled"], expected["spend_not_enrolled"])
    assert desk.run("verify", "TUVA")["holds"]

    desk.feed("roster", one_line(TUVA / "roster.csv", "10007,", "2017-04-01,2018-03-31", "2017-04-01,2018-02-28"))
    desk.feed("services", one_line(TUVA / "services.csv", "med-1422667-1,", "2017-02-14,1,", "2017-01-14,1,"))
    assert desk.run("verify", "TUVA")["holds"]
    [corrected] = desk.close("2019-01", "2019-01")
    statement = [
        (row["component"], row["line_kind"], row["service_month"], row["quantity"], row["amount"], row["reason"])
        for row in desk.rows("statement", "2019-01", "--format", "csv")
    ]
    assert statement == [
        ("baseline", "adjustment", "2018-03", "-1", "-100.00", "retro_coverage"),
        ("activity", "adjustment", "2017-01", "1", "72.81", "activity_corrected"),
        ("activity", "adjustment", "2017-02", "-1", "-72.81", "activity_corrected"),
        ("activity", "adjustment", "2018-03", "-29", "-2283.25", "retro_coverage"),
    ]
    assert corrected["total"] == "-2383.25"
    assert desk.run("verify", "TUVA")["holds"]
    [again] = desk.close("2019-02", "2019-02")
    assert (again["lines"], again["total"]) == (0, "0.00")


def terms(folder: Path, code: str, start: str, rates: list[dict[str, str]], **settlement: Any) -> Path:
    values = document(
        code=code,
        in_force_from=start,
        term={"from": start, "to": "2026-12-31"},
        baseline={"rates": rates},
        settlement={**document()["settlement"], "recover_months": 24, "pay_months": 24, **settlement},
    )
    path = folder / "contract.json"
    path.write_text(json.dumps(values))
    return path


def roster(*spans: tuple[str, str, str]) -> str:
    lines = [f"{member},adult,north,{first},{last}" for member, first, last in spans]
    return "\n".join(["member_ref,cohort,geography,from,to", *lines]) + "\n"


def levels(*spans: tuple[str, str, str, str]) -> str:
    lines = [f"{member},{level},{first},{last},2024-12-01,Dr Marsh,As seen" for member, level, first, last in spans]
    return LEVELS + "\n".join(lines) + "\n"


@pytest.mark.parametrize(
    ("rule", "quantity"), [("first", "3"), ("day_15", "3"), ("any_day", "6"), ("daily", "2.903226")]
)
def test_f1_six_spans_in_a_month_of_31_days(tmp_path: Path, rule: str, quantity: str) -> None:
    spans = [(1, 31), (10, 31), (16, 31), (1, 14), (15, 20), (1, 1)]
    desk = Desk("F1", tmp_path)
    desk.sign(
        terms(tmp_path, "F1", "2025-01-01", [{"level": "L1", "amount": "100"}], member_month=rule), "care", "county"
    )
    people = [(f"m{index}", f"2025-01-{first:02}", f"2025-01-{last:02}") for index, (first, last) in enumerate(spans)]
    desk.feed("roster", roster(*people))
    desk.feed("levels", levels(*((member, "L1", "2025-01-01", "") for member, _first, _last in people)))
    desk.close("2025-01", "2025-01")
    [line] = desk.rows("statement", "2025-01", "--format", "csv")
    assert line["quantity"] == quantity
    ledger = sum(Decimal(row["quantity"]) for row in desk.rows("ledger"))
    assert ledger.quantize(Decimal("1e-6")) == Decimal(quantity)


@pytest.mark.parametrize(("step", "amount"), [("line", "99.99"), ("total", "100.00")])
def test_f2_three_members_for_10_of_30_days(tmp_path: Path, step: str, amount: str) -> None:
    desk = Desk("F2", tmp_path)
    rounding = {"places": 2, "mode": "half_up", "step": step}
    path = terms(
        tmp_path, "F2", "2025-04-01", [{"level": "L1", "amount": "100"}], member_month="daily", rounding=rounding
    )
    desk.sign(path, "care", "county")
    desk.feed("roster", roster(*((member, "2025-04-01", "2025-04-10") for member in "abc")))
    desk.feed("levels", levels(*((member, "L1", "2025-04-01", "") for member in "abc")))
    desk.close("2025-04", "2025-04")
    assert [row["amount"] for row in desk.rows("statement", "2025-04", "--format", "csv")] == [amount]
    assert desk.run("verify")["holds"]


def test_f3_coverage_removed_from_february_on_is_taken_back_in_july(tmp_path: Path) -> None:
    desk = Desk("F3", tmp_path)
    rates = [
        {"level": "L1", "amount": "210.00", "to": "2025-03-31"},
        {"level": "L1", "amount": "221.00", "from": "2025-04-01"},
    ]
    desk.sign(terms(tmp_path, "F3", "2025-01-01", rates, member_month="first"), "care", "county")
    desk.feed("roster", roster(("A", "2025-01-01", "")))
    desk.feed("levels", levels(("A", "L1", "2025-01-01", "")))
    desk.close("2025-01", "2025-06")
    desk.feed("roster", roster(("A", "2025-01-01", "2025-01-15")))
    [july] = desk.close("2025-07", "2025-07")
    assert july["total"] == "-1083.00"
    assert {row["reason"] for row in desk.rows("statement", "2025-07", "--format", "csv")} == {"retro_coverage"}


def test_f7_a_level_that_changes_in_the_middle_of_a_month(tmp_path: Path) -> None:
    desk = Desk("F7", tmp_path)
    rates = [{"level": "L2", "amount": "120"}, {"level": "L3", "amount": "400"}]
    desk.sign(
        terms(tmp_path, "F7", "2025-04-01", rates, member_month="daily", level_change="by_days"), "care", "county"
    )
    desk.feed("roster", roster(("A", "2025-04-01", "")))
    desk.feed("levels", levels(("A", "L2", "2025-04-01", "2025-04-17"), ("A", "L3", "2025-04-18", "")))
    [april] = desk.close("2025-04", "2025-04")
    assert [row["amount"] for row in desk.rows("ledger")] == ["68.00", "173.33"]
    assert april["total"] == "241.33"


@pytest.mark.parametrize(("mode", "amount"), [("marginal", "10720.00"), ("cliff", "2720.00")])
def test_g1_and_g2_an_episode_of_170_units_through_tiers(tmp_path: Path, mode: str, amount: str) -> None:
    desk = Desk("G", tmp_path)
    path = terms(tmp_path, "G", "2025-01-01", [{"level": "L1", "amount": "0"}], member_month="first")
    tiers = [{"to": 100, "amount": "80"}, {"to": 150, "amount": "48"}, {"amount": "16"}]
    hour = {
        "code": "hour", "name": "Hour", "kind": "episodic", "unit": "hour", "authorization": "required",
        "price": {"tiers": tiers, "per": "episode", "mode": mode},
    }  # fmt: skip
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, "services": [*document["services"], hour]}))
    desk.sign(path, "care", "county")
    desk.feed("roster", roster(("A", "2025-01-01", "")))
    desk.feed("levels", levels(("A", "L1", "2025-01-01", "")))
    desk.feed(
        "episodes",
        "episode_ref,member_ref,service,from,to,units,decided_on,decided_by,rationale\n"
        "E1,A,hour,2025-01-10,2025-04-10,170,2025-01-09,Dr Marsh,Needed\n",
    )
    rows = [("2025-01-20", 60), ("2025-02-03", 60), ("2025-03-05", 40), ("2025-04-01", 10), ("2025-04-02", 5)]
    work = [f"W{number},A,hour,{on},{units},{on},Grace" for number, (on, units) in enumerate(rows)]
    desk.feed(
        "services", "activity_ref,member_ref,service,occurred_on,units,verified_on,verified_by\n" + "\n".join(work)
    )
    desk.close("2025-01", "2025-04")

    ledger = [row for row in desk.rows("ledger") if row["component"] == "activity"]
    assert (sum(Decimal(row["quantity"]) for row in ledger), sum(Decimal(row["amount"]) for row in ledger)) == (
        170, Decimal(amount),
    )  # fmt: skip
    [unpaid] = desk.rows("ledger", "--unpaid")
    assert (unpaid["activity_ref"], unpaid["code"], unpaid["amount"]) == ("W4", "units_exceeded", "80.00")
    assert desk.run("verify", "G")["holds"]
