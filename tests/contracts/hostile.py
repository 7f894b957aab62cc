"""Files that mean harm or come from careless systems: (name, content, what must come of it).

`unusable` holds words of the sentence that refuses the whole file; `rejected` the (row, column) pairs of a file whose
good rows still count. The columns are those of the services feed; member A and service `outreach` are known.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import xlsxwriter

HEADER = "activity_ref,member_ref,service,occurred_on"
GOOD = "1,A,outreach,2026-05-01"


@dataclass(frozen=True)
class Hostile:
    name: str
    content: bytes
    unusable: str = ""
    rejected: tuple[tuple[int, str], ...] = ()
    applied: int = 0


def _text(*lines: str, end: str = "\n") -> bytes:
    return end.join([*lines, ""]).encode()


def spreadsheet(*rows: list[object]) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, place, value)
            else:
                sheet.write(number, place, value)
    book.close()
    return out.getvalue()


def archive(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            target.writestr(name, content)
    return out.getvalue()


def with_sheet(xml: bytes) -> bytes:
    """A spreadsheet whose first sheet is replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(spreadsheet(["a"]))) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.infolist():
            target.writestr(part, xml if part.filename == "xl/worksheets/sheet1.xml" else source.read(part))
    return out.getvalue()


def _sheet(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()


def corpus() -> Iterator[Hostile]:
    yield from _unusable()
    yield from _usable_text()
    yield from _usable_spreadsheets()


def _unusable() -> Iterator[Hostile]:
    """Whole files that are refused."""
    columns = HEADER.split(",")
    yield Hostile("empty", b"", unusable="empty")
    yield Hostile("only blank lines", b"\n\n\n", unusable="empty")
    yield Hostile("a BOM and nothing else", b"\xef\xbb\xbf", unusable="empty")
    yield Hostile("UTF-16", "\n".join([HEADER, GOOD]).encode("utf-16"), unusable="UTF-16")
    yield Hostile("Latin-1", _text(HEADER, GOOD) + "2,Jos\xe9,outreach,2026-05-01".encode("latin-1"), unusable="Line 3")
    yield Hostile("random bytes", bytes(range(256)) * 20, unusable="not UTF-8")
    yield Hostile("a cut-off UTF-8 character", _text(HEADER, GOOD) + b"2,\xc3", unusable="not UTF-8")
    yield Hostile("a duplicate header", _text(HEADER + ",Service ", GOOD + ",x"), unusable="“Service”")
    yield Hostile(
        "a missing required column", _text("activity_ref,member_ref,service", "1,A,outreach"), "“occurred_on”"
    )
    yield Hostile("no header", _text(GOOD), unusable="“activity_ref” is missing")
    yield Hostile("semicolons", _text(HEADER.replace(",", ";"), GOOD.replace(",", ";")), unusable="semicolons")
    yield Hostile("tabs", _text(HEADER.replace(",", "\t"), GOOD.replace(",", "\t")), unusable="tabs")
    yield Hostile("an unclosed quote at the end", _text(HEADER, GOOD, '2,"A,outreach,2026-05-01'), unusable="Row 3")
    yield Hostile(
        "a quote that swallows rows", _text(HEADER, '1,"A,outreach,2026-05-01', '2,"A",outreach,2026-05-01'), "Row 2"
    )
    yield Hostile("text after a quote", _text(HEADER, '1,"A"x,outreach,2026-05-01'), unusable="Row 2")
    yield Hostile("a huge cell", _text(HEADER, f"1,{'A' * 200_000},outreach,2026-05-01"), unusable="131072 characters")
    yield Hostile("NUL in the header", _text(HEADER + ",x\0y", GOOD + ","), unusable="NUL")
    yield Hostile("HTML", b"<!DOCTYPE html><html><body>Sign in</body></html>", unusable="missing")
    yield Hostile("JSON", b'[{"activity_ref": "1"}]', unusable="missing")
    yield Hostile("an old spreadsheet", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), unusable="old or a password")
    yield Hostile("a broken ZIP", b"PK\x03\x04" + bytes(100), unusable="cannot be opened")
    yield Hostile("a ZIP that is no spreadsheet", archive({"a.txt": b"hello"}), unusable="no XLSX")
    yield Hostile("a spreadsheet cut off", spreadsheet(columns)[:-300], unusable="cannot be opened")
    yield Hostile("a spreadsheet with a broken sheet", with_sheet(b"<worksheet><sheetData><row"), unusable="open")
    yield Hostile("an empty spreadsheet", spreadsheet(), unusable="empty")
    yield Hostile(
        "one cell in the farthest corner",
        with_sheet(
            _sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        ),
        unusable="Delete the empty rows",
    )
    yield Hostile(
        "a far row under a near one",
        with_sheet(_sheet('<row r="1"><c r="A1"><v>1</v></c><c s="0" r="ZZ900000"><v>1</v></c></row>')),
        unusable="Delete the empty rows",
    )
    bomb = b"0" * 30_000_000
    yield Hostile(
        "a ZIP bomb", archive({"xl/worksheets/sheet1.xml": bomb, "xl/b": bomb}), unusable="larger than a feed"
    )


def _usable_text() -> Iterator[Hostile]:
    """CSV files whose good rows count."""
    yield Hostile("a BOM", b"\xef\xbb\xbf" + _text(HEADER, GOOD), applied=1)
    yield Hostile("Windows line ends", _text(HEADER, GOOD, "2,A,outreach,2026-05-01", end="\r\n"), applied=2)
    yield Hostile("old Macintosh line ends", _text(HEADER, GOOD, "2,A,outreach,2026-05-01", end="\r"), applied=2)
    yield Hostile(
        "headers in capitals with spaces", _text(" ACTIVITY_REF , Member_Ref,SERVICE,occurred_on ", GOOD), applied=1
    )
    yield Hostile(
        "columns in another order",
        _text("occurred_on,service,member_ref,activity_ref", "2026-05-01,outreach,A,1"),
        applied=1,
    )
    yield Hostile("an unknown column", _text(HEADER + ",shoe_size", GOOD + ",44"), applied=1)
    yield Hostile("empty headers over empty cells", _text(HEADER + ",,", GOOD + ",,"), applied=1)
    yield Hostile(
        "blank lines between rows",
        _text(HEADER, "", GOOD, "", "2,Z,outreach,2026-05-01"),
        rejected=((5, "member_ref"),),
        applied=1,
    )
    yield Hostile("trailing commas", _text(HEADER, GOOD + ",,,"), applied=1)
    yield Hostile(
        "too few cells", _text(HEADER, "1,A,outreach", "2,A,outreach,2026-05-01"), rejected=((2, ""),), applied=1
    )
    yield Hostile(
        "too many cells", _text(HEADER, GOOD + ",x", "2,A,outreach,2026-05-01"), rejected=((2, ""),), applied=1
    )
    yield Hostile("NUL in a cell", _text(HEADER, "1\0,A,outreach,2026-05-01"), rejected=((2, "activity_ref"),))
    yield Hostile("a control character", _text(HEADER, "1\x07,A,outreach,2026-05-01"), rejected=((2, "activity_ref"),))
    yield Hostile(
        "a line break in a reference", _text(HEADER, '"1\n2",A,outreach,2026-05-01'), rejected=((2, "activity_ref"),)
    )
    yield Hostile(
        "a long reference", _text(HEADER, f"{'1' * 101},A,outreach,2026-05-01"), rejected=((2, "activity_ref"),)
    )
    yield Hostile(
        "a backslash and COPY's end mark",
        _text(HEADER, r"\.,A,outreach,2026-05-01", r"\N,A,outreach,2026-05-01"),
        applied=2,
    )
    yield Hostile("a tab inside a cell", _text(HEADER + ",place", GOOD + ",a\tb"), rejected=((2, "place"),))
    yield Hostile("SQL", _text(HEADER + ",place", GOOD + ",'); DROP TABLE baseline_activity; --"), applied=1)
    yield Hostile("a percent sign", _text(HEADER + ",place", GOOD + ",100%(run)s %s"), applied=1)
    yield Hostile("right-to-left and emoji", _text(HEADER + ",place", GOOD + ",\u202eבית 🏠"), applied=1)
    yield Hostile("an impossible date", _text(HEADER, "1,A,outreach,2026-02-29"), rejected=((2, "occurred_on"),))
    yield Hostile("another date order", _text(HEADER, "1,A,outreach,01/05/2026"), rejected=((2, "occurred_on"),))
    yield Hostile("the year 0", _text(HEADER, "1,A,outreach,0000-01-01"), rejected=((2, "occurred_on"),))
    yield Hostile("the year 9999", _text(HEADER, "1,A,outreach,9999-12-31"), rejected=((2, "occurred_on"),))
    yield Hostile(
        "an offset beyond the calendar",
        _text(HEADER, "1,A,outreach,2026-05-01T10:00+99:99"),
        rejected=((2, "occurred_on"),),
    )
    yield Hostile("Arabic digits", _text(HEADER, "1,A,outreach,٢٠٢٦-٠٥-٠١"), rejected=((2, "occurred_on"),))
    yield Hostile(
        "a number of a thousand digits", _text(HEADER + ",units", GOOD + "," + "9" * 1000), rejected=((2, "units"),)
    )
    yield Hostile("infinity", _text(HEADER + ",units", GOOD + ",Infinity"), rejected=((2, "units"),))
    yield Hostile("only a header", _text(HEADER))


def _usable_spreadsheets() -> Iterator[Hostile]:
    """Spreadsheets whose good rows count."""
    columns, day = HEADER.split(","), date(2026, 5, 1)
    yield Hostile("a spreadsheet", spreadsheet(columns, ["1", "A", "outreach", day]), applied=1)
    yield Hostile("numbers as references", spreadsheet([*columns, "units"], [17, "A", "outreach", day, 1.5]), applied=1)
    yield Hostile("a time of day", spreadsheet(columns, ["1", "A", "outreach", datetime(2026, 5, 1, 9, 30)]), applied=1)  # noqa: DTZ001
    yield Hostile(
        "20 digits kept as a number",
        spreadsheet(columns, [12345678901234567890, "A", "outreach", day]),
        rejected=((2, "activity_ref"),),
    )
    yield Hostile(
        "20 digits kept as text", spreadsheet(columns, ["12345678901234567890", "A", "outreach", day]), applied=1
    )
    yield Hostile(
        "a formula as text", spreadsheet([*columns, "place"], ["1", "A", "outreach", day, '=HYPERLINK("x")']), applied=1
    )
    yield Hostile(
        "empty rows above and between",
        spreadsheet([], columns, [], ["1", "Z", "outreach", day]),
        rejected=((4, "member_ref"),),
    )
