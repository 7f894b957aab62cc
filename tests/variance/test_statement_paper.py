"""The statement as PDF: it says what the statement says, ties to it, and names nobody."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.pdf import standard_of, tags_of, text_of
from tests.variance.story import FEBRUARY, JANUARY, Story, story
from variance.exports.statement_paper import statement_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_months() -> Story:
    told = story(title="Harbor #strong[pilot] *x*")
    ann, ben = told.member("R-1"), told.member("R-2", cohort="older")
    told.level(ann, "L2")
    told.visit(ann, "V-1", date(2026, 1, 5), units=2)
    told.visit(ann, "V-2", date(2026, 1, 6), verified=False)
    told.close(JANUARY)
    told.visit(ben, "V-3", date(2026, 1, 20))
    told.close(FEBRUARY)
    return told


def test_a_statement_names_its_parties_total_lines_signatures_and_hash(two_months: Story) -> None:
    first, second = two_months.contract.statements.order_by("number")

    said = text_of(statement_pdf(first))

    assert "Statement 1, January 2026" in said
    assert "Harbor #strong[pilot] *x*" in said
    assert "Total: $260.00" in said
    assert "Baseline: lines" in said
    assert "2026-01 L2 adult north 1 120.00 $120.00" in said
    assert "2026-01 L2 adult north visit 2 50.00 $100.00" in said
    assert "Work not paid: It waits for verification. 1 $50.00" in said
    assert f"Prepared by: {two_months.preparer.name}" in said
    assert f"Approved by: {two_months.approver.name}" in said
    assert first.content_hash in said.replace(" ", "")
    assert "R-1" not in said
    adjusted = text_of(statement_pdf(second))
    assert "2026-01 L1 older north visit 1 50.00 $50.00 Recorded after the month had closed" in adjusted


def test_a_statement_is_tagged_and_its_tables_have_headers(two_months: Story) -> None:
    made = statement_pdf(two_months.contract.statements.get(number=1))

    tags = tags_of(made)

    assert standard_of(made) == (True, "en-US", "1")
    assert (tags["H1"], tags["H2"], tags["Table"]) == (1, 5, 4)
    assert tags["TH"] == 4 + 9 + 9 + 3


def test_a_statement_without_any_line_says_so() -> None:
    told = story()
    told.close(JANUARY)

    said = text_of(statement_pdf(told.contract.statements.get()))

    assert "Nothing is posted in this month." in said
    assert "Nothing: no amount was held, no row was without a rate, and no work was left unpaid." in said


def test_the_command_writes_the_same_pdf(two_months: Story, tmp_path: Path) -> None:
    statement, target, out = two_months.contract.statements.get(number=1), tmp_path / "statement.pdf", io.StringIO()

    call_command(
        "statement", two_months.contract.code, "2026-01", "--format", "pdf", "--out", str(target), "--json", stdout=out
    )

    assert target.read_bytes() == statement_pdf(statement)
    assert json.loads(out.getvalue())["statement_no"] == 1
