"""Rejected rows as a file to be corrected and sent back: the file's own columns, then what is wrong.

What a spreadsheet would run is made inert by an apostrophe, which reading a feed takes off again.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Protocol

from django.utils.translation import gettext as _

from blended_pilot.kernel.exports import csv_lines, xlsx_file

BESIDE = ("row_number", "column", "value", "sentence")


class Rejected(Protocol):
    row_number: int
    column: str
    value: str
    sentence: str

    @property
    def cells(self) -> Sequence[str]: ...


def table(header: Sequence[str], rejects: Iterable[Rejected]) -> tuple[list[str], Iterator[list[str]]]:
    """(header, rows). Columns that an earlier file of rejected rows added are left out: they would come twice."""
    kept = [place for place, name in enumerate(header) if name and name.casefold() not in BESIDE]
    rows = (
        [
            *(each.cells[place] if place < len(each.cells) else "" for place in kept),
            str(each.row_number),
            each.column,
            each.value,
            each.sentence,
        ]
        for each in rejects
    )
    return [*(header[place] for place in kept), *BESIDE], rows


def write_csv(out: IO[str], header: Sequence[str], rejects: Iterable[Rejected]) -> None:
    """`out` is opened with newline=""."""
    out.writelines(csv_lines(*table(header, rejects)))


def xlsx(header: Sequence[str], rejects: Iterable[Rejected]) -> IO[bytes]:
    """Every cell as text: references of 20 digits keep them."""
    return xlsx_file([(_("Rejected rows"), *table(header, rejects))])
