"""Rejected rows as a file to be corrected and sent back: the file's own columns, then what is wrong."""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any, Protocol

import xlsxwriter

BESIDE = ("row_number", "column", "value", "sentence")
LIVE = ("=", "+", "-", "@", "\t", "\r")
NUMBER = re.compile(r"[-+]?\d+(\.\d+)?", re.ASCII)
LONGEST_CELL = 32_767  # of a spreadsheet


class Rejected(Protocol):
    row_number: int
    column: str
    value: str
    sentence: str

    @property
    def cells(self) -> Sequence[str]: ...


def safe(text: str) -> str:
    """A cell that no spreadsheet runs. Plain numbers stay; reading a feed takes the apostrophe off again."""
    return f"'{text}" if text.startswith(LIVE) and not NUMBER.fullmatch(text) else text


def columns(header: Sequence[str]) -> tuple[list[str], Callable[[Sequence[str]], list[str]]]:
    """The header to write, and a function from a row's cells to the cells under it.

    Columns that an earlier file of rejects added are left out, so that they do not come twice.
    """
    kept = [place for place, name in enumerate(header) if name and name.casefold() not in BESIDE]
    return [header[place] for place in kept], lambda cells: [
        cells[place] if place < len(cells) else "" for place in kept
    ]


def write_csv(out: IO[str], header: Sequence[str], rejects: Iterable[Rejected]) -> int:
    """Rows written. `out` is opened with newline=""."""
    names, pick = columns(header)
    writer = csv.writer(out)
    writer.writerow([safe(name) for name in [*names, *BESIDE]])
    written = 0
    for each in rejects:
        row = [*pick(each.cells), str(each.row_number), each.column, each.value, each.sentence]
        writer.writerow([safe(cell) for cell in row])
        written += 1
    return written


def write_xlsx(out: IO[bytes], header: Sequence[str], rejects: Iterable[Rejected]) -> int:
    """Rows written, every cell as text: 20-digit references keep their digits."""
    names, pick = columns(header)
    options: dict[str, Any] = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    written = 0
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("Rejected rows")
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet.freeze_panes(1, 0)
        for place, name in enumerate([*names, *BESIDE]):
            sheet.write_string(0, place, safe(name), bold)
        for each in rejects:
            written += 1
            row = [*pick(each.cells), str(each.row_number), each.column, each.value, each.sentence]
            for place, cell in enumerate(row):
                sheet.write_string(written, place, safe(cell)[:LONGEST_CELL], text)
    return written
