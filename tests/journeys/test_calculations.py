"""The tables in docs/calculations, run through a contract, feeds and a cycle."""

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from blended_pilot.kernel.money import rounded
from tests.journeys.conftest import Operator

pytestmark = pytest.mark.django_db(transaction=True)

CALCULATIONS = Path(__file__).resolve().parents[2] / "docs" / "calculations"
CONTRACT = """\
schema: blended-pilot/contract/1
code: TABLE
title: A table of the documents
version: 1
in_force_from: {start}
commissioner: {{code: county, name: County}}
provider: {{code: carers, name: Carers}}
currency: USD
timezone: America/New_York
term: {{from: {start}, to: 2025-12-31}}
levels: [{{code: L1, rank: 1, name: Core}}, {{code: L2, rank: 2, name: Enhanced}}]
cohorts: [{{code: adult, name: Adults}}]
geographies: [{{code: north, name: North}}]
eligibility: {{provisional_level: L1}}
services:
  - {{code: outreach, name: Outreach, kind: baseline, unit: contact}}
  - {{code: visit, name: Visit, kind: episodic, unit: visit, authorization: not_required, filing_limit_days: 60,
     price: [{{from: 2025-01-01, to: 2025-06-30, amount: "50.00"}}, {{from: 2025-07-01, amount: "55.00"}}],
     maximum: {{units: 3, within_days: 10}}}}
  - {{code: transport, name: Transport, kind: episodic, unit: trip, authorization: not_required, price: as_billed,
     price_ceiling: "20.00"}}
baseline:
  rates: [{{level: L1, amount: "{l1}", from: 2025-01-01}}, {{level: L2, amount: "300.00", from: 2025-01-01}}]
settlement:
  member_month: {counted}
  level_change: {level_change}
  rounding: {{places: 2, mode: half_up, step: {step}}}
  recover_months: 12
  pay_months: 12
  prepared_by: provider
  order: [baseline, activity]
gates: []
"""
APRIL_ROSTER = """\
member_ref,cohort,geography,from,to
Ada,adult,north,2025-04-01,
Basil,adult,north,2025-04-10,
Clara,adult,north,2025-04-01,2025-04-14
"""
DORA_ROSTER = "Dora,adult,north,2025-04-01,2025-04-20\n"
DORA_LEVELS = """\
member_ref,level,from,to,decided_on,decided_by,rationale
Dora,L1,2025-04-01,2025-04-15,2025-04-01,Dr Marsh,Core support
Dora,L2,2025-04-16,,2025-04-15,Dr Marsh,Stepped up
"""


def table(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its header."""
    text = (CALCULATIONS / document).read_text().split(f"## {heading}\n", 1)[1]
    rows = [line for line in text[text.index("|") :].split("\n\n", 1)[0].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def contract(*, counted: str = "first", level_change: str = "snapshot", step: str = "line", l1: str = "90.00") -> str:
    return CONTRACT.format(start="2025-04-01", counted=counted, level_change=level_change, step=step, l1=l1)


@pytest.fixture
def operator(operator_of: Callable[[str], Operator]) -> Operator:
    return operator_of("TABLE")


def quantities(operator: Operator, key: str) -> dict[str, Decimal]:
    """Ledger quantities of April by member or level, as shown, without trailing zeros."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in operator.ledger("2025-04"):
        found[row[key]] += Decimal(row["quantity"])
    return defaultdict(Decimal, {name: rounded(quantity, 6) for name, quantity in found.items()})


def total(operator: Operator) -> Decimal:
    return sum((Decimal(row["amount"]) for row in operator.statement("2025-04")), Decimal(0))


@pytest.mark.parametrize("row", table("baseline.md", "Counting rules"), ids=lambda row: row[0])
def test_counting_rules(operator: Operator, row: list[str]) -> None:
    rule, *members, months, amount = row
    operator.sign(contract(counted=rule))
    operator.send("roster", APRIL_ROSTER + DORA_ROSTER)
    operator.send("levels", DORA_LEVELS)
    operator.close("2025-04")
    counted = quantities(operator, "member_ref")
    shown = [counted[name] for name in ("Ada", "Basil", "Clara", "Dora")]
    assert shown == [Decimal(cell) for cell in members]
    assert abs(sum(shown) - Decimal(months)) <= Decimal("0.000001")
    assert total(operator) == Decimal(amount)


@pytest.mark.parametrize("row", table("baseline.md", "A level that changes"), ids=lambda row: "-".join(row[:2]))
def test_a_level_that_changes(operator: Operator, row: list[str]) -> None:
    rule, level_change, first, second, amount = row
    operator.sign(contract(counted=rule, level_change=level_change))
    operator.send("roster", APRIL_ROSTER.splitlines()[0] + "\n" + DORA_ROSTER)
    operator.send("levels", DORA_LEVELS)
    operator.close("2025-04")
    counted = quantities(operator, "level")
    assert [counted["L1"], counted["L2"]] == [Decimal(first), Decimal(second)]
    assert total(operator) == Decimal(amount)


@pytest.mark.parametrize("row", table("baseline.md", "Rounding"), ids=lambda row: row[0])
def test_rounding(operator: Operator, row: list[str]) -> None:
    step, ledger, statement = row
    operator.sign(contract(counted="daily", step=step, l1="50.00"))
    header, spans = APRIL_ROSTER.splitlines()[0], "adult,north,2025-04-03,2025-04-12"
    operator.send("roster", "\n".join([header, *(f"M{number},{spans}" for number in range(7))]) + "\n")
    operator.close("2025-04")
    assert {Decimal(row["amount"]) for row in operator.ledger("2025-04")} == {Decimal(ledger)}
    assert total(operator) == Decimal(statement)


def test_activity(operator: Operator) -> None:
    rows = table("activity.md", "Worked")
    columns = "activity_ref,member_ref,service,occurred_on,units,amount,received_on,verified_on,verified_by"
    sent = [
        f"{ref},Ada,{service},{day},{units},{billed},{received},{f'{received},Grace' if verified == 'yes' else ','}"
        for ref, service, day, units, billed, received, verified, *_ in rows
    ]
    operator.sign(
        CONTRACT.format(start="2025-01-01", counted="first", level_change="snapshot", step="line", l1="90.00")
    )
    operator.send("roster", "member_ref,cohort,geography,from,to\nAda,adult,north,2025-02-01,\n")
    operator.send("services", "\n".join([columns, *sent]) + "\n")
    operator.close("2025-01", "2025-07")

    paid: dict[str, Decimal] = {}
    for row in operator.ledger():
        if row["component"] == "activity":
            paid[row["activity_ref"]] = paid.get(row["activity_ref"], Decimal(0)) + Decimal(row["amount"])
    unpaid = {row["activity_ref"]: (row["code"], Decimal(row["amount"])) for row in operator.ledger("--unpaid")}
    assert {ref: amount for ref, amount in paid.items() if amount} == {
        row[0]: Decimal(row[7]) for row in rows if row[7] and Decimal(row[7])
    }
    assert unpaid == {row[0]: (row[9], Decimal(row[8])) for row in rows if row[8]}
