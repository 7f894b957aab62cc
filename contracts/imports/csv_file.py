"""Rows of a CSV file in UTF-8, with or without BOM, whatever its line ends."""

import csv
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Unusable

UTF16 = (b"\xff\xfe", b"\xfe\xff")


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) from the header on; the first row of the file is row 1. Empty rows are left out.

    Raises Unusable where the file stops being a CSV file in UTF-8.
    """
    with path.open("rb") as raw:
        if raw.read(2) in UTF16:
            raise Unusable(_("The file is in UTF-16. Save it as “CSV UTF-8” and send it again."))
    number = 0
    with path.open(encoding="utf-8-sig", errors="strict", newline="") as text:
        reader = csv.reader(text, strict=True)
        while True:
            number += 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except UnicodeDecodeError:
                raise _not_utf8(path) from None
            except csv.Error as error:
                raise _broken(number, error) from None
            if any(cells):
                yield number, cells


def _broken(number: int, error: csv.Error) -> Unusable:
    if "field larger" in str(error):
        return Unusable(
            _(
                'Row %(row)d: a cell has more than %(most)d characters. Most often a quote (") is opened there and '
                "not closed."
            )
            % {"row": number, "most": csv.field_size_limit()}
        )
    return Unusable(
        _(
            'Row %(row)d: a quote (") is opened and not closed where the cell ends. Write a quote inside a cell '
            "twice, and close every quoted cell."
        )
        % {"row": number}
    )


def _not_utf8(path: Path) -> Unusable:
    """Found by reading once more: the decoder works ahead of the rows."""
    with path.open("rb") as raw:
        for line_number, line in enumerate(raw, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                around = line[max(error.start - 20, 0) : error.start].decode("utf-8", errors="replace")
                return Unusable(
                    _(
                        "Line %(line)d: byte 0x%(byte)02X after “%(text)s” is not UTF-8. Save the file as "
                        "“CSV UTF-8” and send it again."
                    )
                    % {"line": line_number, "byte": line[error.start], "text": around.strip()}
                )
    return Unusable(_("The file is not UTF-8 text. Save it as “CSV UTF-8” and send it again."))
