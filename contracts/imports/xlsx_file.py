"""Rows of the first sheet of an XLSX file. What it would unpack to is measured before anything opens it."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from itertools import chain
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
# Addresses that make a sheet wide or long: columns of two letters and more, rows of five digits and more. A reader that
# keeps a sheet as a rectangle would fill it with empty cells up to there.
WIDE = re.compile(rb'[\s]r="([A-Za-z]{2,3})[0-9]')
LONG = re.compile(rb'[\s]r="[A-Za-z]*([0-9]{5,})"')
NARROW, SHORT = 26, 9_999


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
                sheet = bool(SHEET.fullmatch(part.filename))
                widest, longest = NARROW, SHORT
                for piece in _pieces(archive, part):
                    unpacked += len(piece) - OVERLAP
                    if unpacked > limits.unpacked:
                        raise _too_large()
                    if sheet:
                        widest = max(chain([widest], map(_letters, set(WIDE.findall(piece)))))
                        longest = max(chain([longest], map(int, set(LONG.findall(piece)))))
                if widest * longest > max(limits.cells, NARROW * SHORT):
                    raise Unusable(
                        _("The sheet reaches to column %(column)d and row %(row)d. Delete the empty rows and columns.")
                        % {"column": widest, "row": longest}
                    )
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _unreadable(error) from None


def _pieces(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in pieces that overlap, so that no address is cut in two."""
    tail = b" " * OVERLAP
    with archive.open(part) as unpacked:
        while piece := unpacked.read(CHUNK):
            yield tail + piece
            tail = (tail + piece)[-OVERLAP:]


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
