"""Files that are safe to open: CSV and XLSX in which no text can become a formula."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

import xlsxwriter

LIVE = ("=", "+", "-", "@", "\t", "\r")
XLSX_ROWS = 1_048_575  # what one sheet holds under its header
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def inert(value: Any) -> Any:
    """Text that a spreadsheet would run gets a leading apostrophe; numbers, dates and all other text stay."""
    if isinstance(value, str) and value.startswith(LIVE):
        return f"'{value}"
    return value


def plain(value: Any) -> str:
    """One CSV cell: ISO dates, decimals with a point and no exponent, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | float):
        return str(value)
    return str(inert(str(value)))


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The file line by line, so that a million rows never stand in memory."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for cells in _with_header(header, rows):
        writer.writerow([plain(cell) for cell in cells])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _with_header(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield header
    yield from rows


def xlsx_file(sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Any]]]]) -> IO[bytes]:
    """A temporary file, open at its start, with one sheet for each (title, header, rows)."""
    target = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    book = xlsxwriter.Workbook(
        target,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False},
    )
    bold = book.add_format({"bold": True})
    formats: dict[type, Any] = {
        date: book.add_format({"num_format": "yyyy-mm-dd"}),
        datetime: book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    for title, header, rows in sheets:
        sheet = book.add_worksheet(title[:31])
        sheet.freeze_panes(1, 0)
        for column, text in enumerate(header):
            sheet.write_string(0, column, str(inert(str(text))), bold)
            sheet.set_column(column, column, min(max(len(str(text)) + 2, 12), 40))
        for line, cells in enumerate(rows, start=1):
            for column, value in enumerate(cells):
                _write(sheet, line, column, value, formats)
    book.close()
    target.seek(0)
    return target


def _write(sheet: Any, line: int, column: int, value: Any, formats: dict[type, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(line, column, "yes" if value else "no")
    elif isinstance(value, int | float | Decimal):
        sheet.write_number(line, column, value)
    elif isinstance(value, datetime):
        # A sheet knows no time zones: the local time of the value, as the page shows it.
        sheet.write_datetime(line, column, value.replace(tzinfo=None), formats[datetime])
    elif isinstance(value, date):
        sheet.write_datetime(line, column, datetime(value.year, value.month, value.day), formats[date])  # noqa: DTZ001
    else:
        sheet.write_string(line, column, str(inert(str(value))))
