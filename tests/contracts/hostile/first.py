"""The first files of the corpus: what careless systems and people send most."""

from collections.abc import Iterator
from datetime import date, datetime

from tests.contracts.hostile.base import GOOD, HEADER, Hostile, archive, sheet, spreadsheet, text, with_sheet


def files() -> Iterator[Hostile]:
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
    yield Hostile("Latin-1", text(HEADER, GOOD) + "2,Jos\xe9,outreach,2026-05-01".encode("latin-1"), unusable="Line 3")
    yield Hostile("random bytes", bytes(range(256)) * 20, unusable="not UTF-8")
    yield Hostile("a cut-off UTF-8 character", text(HEADER, GOOD) + b"2,\xc3", unusable="not UTF-8")
    yield Hostile("a duplicate header", text(HEADER + ",Service ", GOOD + ",x"), unusable="“Service”")
    yield Hostile("a missing required column", text("activity_ref,member_ref,service", "1,A,outreach"), "“occurred_on”")
    yield Hostile("no header", text(GOOD), unusable="“activity_ref” is missing")
    yield Hostile("semicolons", text(HEADER.replace(",", ";"), GOOD.replace(",", ";")), unusable="semicolons")
    yield Hostile("tabs", text(HEADER.replace(",", "\t"), GOOD.replace(",", "\t")), unusable="tabs")
    yield Hostile("an unclosed quote at the end", text(HEADER, GOOD, '2,"A,outreach,2026-05-01'), unusable="Row 3")
    yield Hostile(
        "a quote that swallows rows", text(HEADER, '1,"A,outreach,2026-05-01', '2,"A",outreach,2026-05-01'), "Row 2"
    )
    yield Hostile("text after a quote", text(HEADER, '1,"A"x,outreach,2026-05-01'), unusable="Row 2")
    yield Hostile("a huge cell", text(HEADER, f"1,{'A' * 200_000},outreach,2026-05-01"), unusable="131072 characters")
    yield Hostile("NUL in the header", text(HEADER + ",x\0y", GOOD + ","), unusable="NUL")
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
            sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')
        ),
        unusable="Delete the empty rows",
    )
    yield Hostile(
        "a far row under a near one",
        with_sheet(sheet('<row r="1"><c r="A1"><v>1</v></c><c s="0" r="ZZ900000"><v>1</v></c></row>')),
        unusable="Delete the empty rows",
    )
    bomb = b"0" * 30_000_000
    yield Hostile(
        "a ZIP bomb", archive({"xl/worksheets/sheet1.xml": bomb, "xl/b": bomb}), unusable="larger than a feed"
    )


def _usable_text() -> Iterator[Hostile]:
    """CSV files whose good rows count."""
    yield Hostile("a BOM", b"\xef\xbb\xbf" + text(HEADER, GOOD), applied=1)
    yield Hostile("Windows line ends", text(HEADER, GOOD, "2,A,outreach,2026-05-01", end="\r\n"), applied=2)
    yield Hostile("old Macintosh line ends", text(HEADER, GOOD, "2,A,outreach,2026-05-01", end="\r"), applied=2)
    yield Hostile(
        "headers in capitals with spaces", text(" ACTIVITY_REF , Member_Ref,SERVICE,occurred_on ", GOOD), applied=1
    )
    yield Hostile(
        "columns in another order",
        text("occurred_on,service,member_ref,activity_ref", "2026-05-01,outreach,A,1"),
        applied=1,
    )
    yield Hostile("an unknown column", text(HEADER + ",shoe_size", GOOD + ",44"), applied=1)
    yield Hostile("empty headers over empty cells", text(HEADER + ",,", GOOD + ",,"), applied=1)
    yield Hostile(
        "blank lines between rows",
        text(HEADER, "", GOOD, "", "2,Z,outreach,2026-05-01"),
        rejected=((5, "member_ref"),),
        applied=1,
    )
    yield Hostile("trailing commas", text(HEADER, GOOD + ",,,"), applied=1)
    yield Hostile(
        "too few cells", text(HEADER, "1,A,outreach", "2,A,outreach,2026-05-01"), rejected=((2, ""),), applied=1
    )
    yield Hostile(
        "too many cells", text(HEADER, GOOD + ",x", "2,A,outreach,2026-05-01"), rejected=((2, ""),), applied=1
    )
    yield Hostile("NUL in a cell", text(HEADER, "1\0,A,outreach,2026-05-01"), rejected=((2, "activity_ref"),))
    yield Hostile("a control character", text(HEADER, "1\x07,A,outreach,2026-05-01"), rejected=((2, "activity_ref"),))
    yield Hostile(
        "a line break in a reference", text(HEADER, '"1\n2",A,outreach,2026-05-01'), rejected=((2, "activity_ref"),)
    )
    yield Hostile(
        "a long reference", text(HEADER, f"{'1' * 101},A,outreach,2026-05-01"), rejected=((2, "activity_ref"),)
    )
    yield Hostile(
        "a backslash and COPY's end mark",
        text(HEADER, r"\.,A,outreach,2026-05-01", r"\N,A,outreach,2026-05-01"),
        applied=2,
    )
    yield Hostile("a tab inside a cell", text(HEADER + ",place", GOOD + ",a\tb"), rejected=((2, "place"),))
    yield Hostile("SQL", text(HEADER + ",place", GOOD + ",'); DROP TABLE baseline_activity; --"), applied=1)
    yield Hostile("a percent sign", text(HEADER + ",place", GOOD + ",100%(run)s %s"), applied=1)
    yield Hostile("right-to-left and emoji", text(HEADER + ",place", GOOD + ",\u202eבית 🏠"), applied=1)
    yield Hostile("an impossible date", text(HEADER, "1,A,outreach,2026-02-29"), rejected=((2, "occurred_on"),))
    yield Hostile("another date order", text(HEADER, "1,A,outreach,01/05/2026"), rejected=((2, "occurred_on"),))
    yield Hostile("the year 0", text(HEADER, "1,A,outreach,0000-01-01"), rejected=((2, "occurred_on"),))
    yield Hostile("the year 9999", text(HEADER, "1,A,outreach,9999-12-31"), rejected=((2, "occurred_on"),))
    yield Hostile(
        "an offset beyond the calendar",
        text(HEADER, "1,A,outreach,2026-05-01T10:00+99:99"),
        rejected=((2, "occurred_on"),),
    )
    yield Hostile("Arabic digits", text(HEADER, "1,A,outreach,٢٠٢٦-٠٥-٠١"), rejected=((2, "occurred_on"),))
    yield Hostile(
        "a number of a thousand digits", text(HEADER + ",units", GOOD + "," + "9" * 1000), rejected=((2, "units"),)
    )
    yield Hostile("infinity", text(HEADER + ",units", GOOD + ",Infinity"), rejected=((2, "units"),))
    yield Hostile("only a header", text(HEADER))


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
