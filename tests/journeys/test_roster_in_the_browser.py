"""A roster with ten faulty rows goes in by the page: seen before it is applied, corrected, sent again."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from eligibility.models import CoverageSpan, Member
from tests.journeys import pilot
from tests.journeys.conftest import Operator

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("work_at_once")]

INTAKE = "intake@carers.example"
ROSTER = """\
member_ref,given_name,family_name,birth_date,cohort,geography,from,to,void
G1,Ada,Archer,1950-02-03,adult,north,2025-01-01,,
G2,Basil,Boateng,1961-07-21,adult,south,2025-01-01,,
G3,Clara,Cruz,1944-11-30,adult,north,2025-02-01,2025-06-30,
F1,Dora,Danso,1958-05-05,adult,nrth,2025-01-01,,
F2,Emil,Eaton,1958-05-05,audlt,north,2025-01-01,,
F3,Flora,Fenton,1958-05-05,adult,north,,,
F4,Gloria,Gaines,1958-05-05,adult,north,2025-02-30,,
F5,Hana,Hadley,1958-05-05,adult,north,2025-03-01,2025-02-01,
F6,Ivan,Iyer,1958-05-05,adult,north,2025-01-01,2025-04-30,
F6,Ivan,Iyer,1958-05-05,adult,south,2025-04-01,,
,Jasper,Jarvis,1958-05-05,adult,north,2025-01-01,,
F8,Keiko,Keane,05.05.1958,adult,north,2025-01-01,,
F9,Lamar,Larkin,1958-05-05,adult,north,2025-01-01,,maybe
"""
# the row as a spreadsheet counts → what it should have said
CORRECTED = {
    "5": {"geography": "north"},
    "6": {"cohort": "adult"},
    "7": {"from": "2025-01-01"},
    "8": {"from": "2025-02-28"},
    "9": {"from": "2025-02-01", "to": "2025-03-01"},
    "10": {"to": "2025-03-31"},
    "11": {},
    "12": {"member_ref": "F7"},
    "13": {"birth_date": "1958-05-05"},
    "14": {"void": ""},
}


@pytest.fixture
def page(operator_of: Callable[[str], Operator], new_page: Callable[..., Page]) -> Page:
    operator = operator_of("HAND")
    operator.sign(pilot.CONTRACT)
    operator.run("person", "add", INTAKE, "--name", "Ruth", "--role", "intake", "--organisation", "carers")
    return new_page(User.objects.get(email=INTAKE))


def upload(page: Page, path: Path) -> None:
    page.goto("/feeds/")
    page.get_by_role("link", name=re.compile("send a file", re.IGNORECASE)).first.click()
    page.get_by_label("Contract", exact=True).select_option(index=0)
    page.get_by_label("What the file states", exact=True).select_option("roster")
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("main").get_by_role("button", name=re.compile("check|send", re.IGNORECASE)).click()
    page.goto("/feeds/")
    page.locator("main tbody tr").first.get_by_role("link").first.click()


def count_of(page: Page, term: str) -> str:
    return page.locator(f"dt:text-is('{term}') + dd").inner_text().split()[0]


def test_ten_faulty_rows_are_corrected_and_sent_again(
    page: Page, axe: Callable[[Page], list[str]], tmp_path: Path
) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text(ROSTER)
    upload(page, roster)
    assert (count_of(page, "Rows read"), count_of(page, "Would be applied"), count_of(page, "Rejected")) == (
        "13",
        "3",
        "10",
    )
    assert not Member.objects.exists()
    assert axe(page) == []

    page.get_by_role("button", name="Apply the good rows").click()
    page.goto(page.url)
    expect(page.get_by_text("nrth").first).to_be_visible()
    assert sorted(Member.objects.values_list("reference", flat=True)) == ["G1", "G2", "G3"]

    with page.expect_download() as arriving:
        page.get_by_role("link", name="Download as CSV").click()
    rejected, corrected = tmp_path / "rejected.csv", tmp_path / "corrected.csv"
    arriving.value.save_as(rejected)
    with rejected.open(newline="", encoding="utf-8-sig") as lines, corrected.open("w", newline="") as out:
        reader = csv.DictReader(lines)
        writer = csv.DictWriter(out, reader.fieldnames or [])
        writer.writeheader()
        rows = {row["row_number"]: row for row in reader}
        assert set(rows) == set(CORRECTED)
        writer.writerows(row | CORRECTED[number] for number, row in rows.items())

    upload(page, corrected)
    assert (count_of(page, "Rows read"), count_of(page, "Rejected")) == ("10", "0")
    page.get_by_role("button", name="Apply the good rows").click()
    assert Member.objects.count() == 12
    assert CoverageSpan.objects.count() == 13
