"""Files that are safe to open: nothing a person typed becomes a formula."""

from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from blended_pilot.kernel.exports import csv_lines, inert, plain, xlsx_file

LIVE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", LIVE)
def test_live_text_gets_an_apostrophe(text: str) -> None:
    assert inert(text) == f"'{text}"


@pytest.mark.parametrize("value", ["M-001", "a=b", "", " =1", Decimal("-12.50"), -3, date(2026, 3, 1), None])
def test_numbers_dates_and_other_text_stay(value: object) -> None:
    assert inert(value) == value


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (Decimal("-1083.00"), "-1083.00"),
        (Decimal("1E+3"), "1000"),
        (date(2026, 3, 1), "2026-03-01"),
        (True, "yes"),
        ("-1083.00", "'-1083.00"),
    ],
)
def test_a_csv_cell(value: object, cell: str) -> None:
    assert plain(value) == cell


def test_csv_quotes_what_needs_quoting_line_by_line() -> None:
    lines = list(csv_lines(["name", "=note"], [["Lee, Ann", 'said "no"'], ["=x", Decimal("-1.10")]]))

    assert lines == ["name,'=note\r\n", '"Lee, Ann","said ""no"""\r\n', "'=x,-1.10\r\n"]


def test_no_cell_of_a_spreadsheet_is_a_formula_or_link() -> None:
    rows = [[text, Decimal("-12.5"), date(2026, 3, 1)] for text in [*LIVE, "http://example.org", "12"]]
    with xlsx_file([("list", ["text", "number", "day"], rows)]) as target:
        sheet = openpyxl.load_workbook(target).active

    cells = list(sheet.iter_rows(min_row=2))
    assert {cell.data_type for cell, _number, _day in cells} == {"s"}
    assert [cell.value for cell, _number, _day in cells][:4] == ["'=1+1", "'+1", "'-1", "'@SUM(A1)"]
    assert {number.value for _text, number, _day in cells} == {-12.5}
    assert all(cell.hyperlink is None for cell, _number, _day in cells)
