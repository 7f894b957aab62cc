"""Rows of the first sheet of an XLSX file. What it would unpack to is measured before anything opens it."""

import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from blended_pilot.kernel.errors import Unusable
from contracts.imports.cells import Faulty, spreadsheet_text
from contracts.imports.limits import Limits

CHUNK = 1 << 20
MOST_PARTS = 2_000
OVERLAP = 64  # a cell's address is shorter
SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
# A reader keeps a sheet as a rectangle, and fills it with empty cells up to its farthest address; so the rectangle is
# measured first. An address follows ` r=` in quotes of either sort; columns of two letters and more and rows of five
# digits and more are looked for, narrower columns by their letter alone.
ADDRESS = rb"""\sr\s{0,8}=\s{0,8}["']"""
WIDE = re.compile(ADDRESS + rb"([A-Za-z]{2,9})[0-9]")
LONG = re.compile(ADDRESS + rb"[A-Za-z]*([0-9]{5,15})")
NARROW = [(place, bytes([letter])) for place, letter in enumerate(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ", start=1)]
SHORT = 9_999
# What no program writes, and what would hide an address from the patterns above.
HIDDEN = re.compile(rb"""\sr\s{9}|\sr\s{0,8}=\s{9}|""" + ADDRESS + rb"""[^"'\s]{0,12}&|<[\w.-]{41,}:""")
TAG = rb"<(?:[\w.-]{1,40}:)?"
# A cell without an address stands beside the one before it.
UNADDRESSED = re.compile(
    TAG + rb"""c(?=[\s/>])(?!(?:\s+[^\s=<>"'/]+\s*=\s*(?:"[^"]*"|'[^']*'))*?\s+r\s*=)""",
)
ROW_OR_CELL = re.compile(TAG + rb"(row|c)(?=[\s/>])")


def rows(path: Path, limits: Limits) -> Iterator[tuple[int, list[str | Faulty]]]:
    """(row number, cells) from the header on, numbered as the spreadsheet does. Empty rows are left out.

    Raises Unusable for what is no XLSX file or too large unpacked.
    """
    _measure(path, limits)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    except (CalamineError, zipfile.BadZipFile, OSError, IndexError, ValueError) as error:
        raise _unreadable(error) from None
    except BaseException as error:
        # a fault in the reading library itself arrives as a panic, which is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise _unreadable(_("it is damaged")) from None
    for number, values in enumerate(sheet.iter_rows(), start=1):
        cells = [spreadsheet_text(value) for value in values]
        if any(cells):
            yield number, cells


def _measure(path: Path, limits: Limits) -> None:
    """Unpack every part once, in pieces, and count: what the file says of its own size is not believed."""
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS:
                raise _too_large()
            if sum(part.file_size for part in parts) > limits.unpacked:
                raise _too_large()
            if any(part.flag_bits & 1 for part in parts):
                raise Unusable(_("The spreadsheet is protected by a password. Save it without one."))
            if not any(SHEET.fullmatch(part.filename) for part in parts):
                raise Unusable(_("The file is a ZIP archive, but no XLSX spreadsheet."))
            unpacked = 0
            for part in parts:
                reach = _Reach(limits.cells) if SHEET.fullmatch(part.filename) else None
                for piece in _pieces(archive, part):
                    unpacked += len(piece) - OVERLAP
                    if unpacked > limits.unpacked:
                        raise _too_large()
                    if reach is not None:
                        reach.look_at(piece)
                if reach is not None and reach.unaddressed:
                    reach.count(_pieces(archive, part))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _unreadable(error) from None


class _Reach:
    """The farthest column and row of one sheet, found piece by piece. Raises Unusable as soon as they are too far."""

    def __init__(self, most_cells: int) -> None:
        self._most = max(most_cells, len(NARROW) * SHORT)
        self._widest, self._longest = 1, SHORT
        self.unaddressed = False

    def look_at(self, piece: bytes) -> None:
        if HIDDEN.search(piece):
            raise _unreadable(_("its cells are addressed in a way that no program writes"))
        self._widest = max(self._widest, _narrow(piece, self._widest), *map(_letters, set(WIDE.findall(piece))))
        self._longest = max(self._longest, *map(int, {*LONG.findall(piece), b"0"}))
        self.unaddressed = self.unaddressed or bool(UNADDRESSED.search(piece))
        self._check()

    def count(self, pieces: Iterator[bytes]) -> None:
        """Count rows, and cells from one row to the next: for a sheet that leaves addresses out."""
        rows = cells = 0
        last = -1
        for start, piece in zip(itertools.count(0, CHUNK), pieces, strict=False):
            for found in ROW_OR_CELL.finditer(piece):
                place = start + found.start() - OVERLAP
                if place <= last:
                    continue  # in the overlap: counted before
                last = place
                if found[1] == b"row":
                    rows, cells = rows + 1, 0
                else:
                    cells += 1
                if cells > self._widest or rows > self._longest:
                    self._widest, self._longest = max(self._widest, cells), max(self._longest, rows)
                    self._check()

    def _check(self) -> None:
        if self._widest * self._longest > self._most:
            raise Unusable(
                _("The sheet reaches to column %(column)d and row %(row)d. Delete the empty rows and columns.")
                % {"column": self._widest, "row": self._longest}
            )


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in pieces that overlap, so that no address is cut in two."""
    tail = b" " * OVERLAP
    with archive.open(part) as unpacked:
        while piece := unpacked.read(CHUNK):
            yield tail + piece
            tail = (tail + piece)[-OVERLAP:]


def _narrow(piece: bytes, known: int) -> int:
    """The last column of one letter beyond those that are known, or 0."""
    for place, letter in reversed(NARROW[known:]):
        if any(quote + form in piece for quote in (b'"', b"'") for form in (letter, letter.lower())):
            return place
    return 0


def _letters(column: bytes) -> int:
    number = 0
    for letter in column.upper():
        number = number * 26 + letter - 64
    return number


def _unreadable(why: object) -> Unusable:
    return Unusable(_("The spreadsheet cannot be opened: %(why)s.") % {"why": str(why).rstrip(".")})


def _too_large() -> Unusable:
    return Unusable(_("Unpacked, the spreadsheet is larger than a feed may be. Send it in parts, or as CSV."))


def is_spreadsheet(start: bytes) -> bool:
    """By content, not by name. Raises Unusable for what looks like a spreadsheet of another sort."""
    if start.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unusable(_("The file is an old or a password-protected spreadsheet. Save it as XLSX without a password."))
    return start.startswith(b"PK\x03\x04")
