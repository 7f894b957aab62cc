"""Spreadsheets: what programs put into them, and what somebody puts into them who knows how they are read."""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import xlsxwriter

from tests.contracts.hostile.base import HEADER, Hostile, archive, sheet, spreadsheet, with_parts, with_sheet

COLUMNS = HEADER.split(",")
DAY = date(2026, 5, 1)
ROW: list[object] = ["1", "A", "outreach", DAY]
SERIAL = 46143  # the day as a spreadsheet counts it
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
SPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def files() -> Iterator[Hostile]:
    yield from _odd()
    yield from _broken()
    yield from _malicious()


def drawn(draw: Any, **options: Any) -> bytes:
    """A spreadsheet with the header in its first row, and what `draw(book, sheet)` puts below."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options})
    page = book.add_worksheet()
    page.write_row(0, 0, COLUMNS)
    draw(book, page)
    book.close()
    return out.getvalue()


def _row(page: Any, row: int = 1, **cells: Any) -> None:
    for place, value in enumerate([cells.get(name, ROW[place]) for place, name in enumerate(COLUMNS)]):
        page.write(row, place, value)


def inline(*cells: str, before: str = "", after: str = "") -> bytes:
    """A sheet written by hand: the header, and one row of cells as XML."""
    header = "".join(
        f'<c r="{"ABCD"[place]}1" t="inlineStr"><is><t>{name}</t></is></c>' for place, name in enumerate(COLUMNS)
    )
    xml = sheet(f'<row r="1">{header}</row><row r="2">{"".join(cells)}</row>').decode()
    return with_sheet(
        xml.replace("<sheetData>", f"{before}<sheetData>").replace("</sheetData>", f"</sheetData>{after}").encode()
    )


def said(place: str, value: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'


BY_HAND = (said("A2", "1"), said("B2", "A"), said("C2", "outreach"), said("D2", "2026-05-01"))


def _odd() -> Iterator[Hostile]:
    """What ordinary programs do."""
    yield Hostile("a spreadsheet named CSV", spreadsheet(COLUMNS, ROW), applied=1, file_name="file.csv")
    yield Hostile("a CSV file named XLSX", f"{HEADER}\n1,A,outreach,{DAY}\n".encode(), applied=1, file_name="file.xlsx")
    yield Hostile("the calendar that begins in 1904", drawn(lambda _book, page: _row(page), date_1904=True), applied=1)
    yield Hostile(
        "a day as a bare number", spreadsheet(COLUMNS, ["1", "A", "outreach", SERIAL]), rejected=((2, "occurred_on"),)
    )
    # the reading library takes it for the day before
    yield Hostile(
        "the day that 1900 did not have",
        drawn(
            lambda book, page: (_row(page), page.write_number(1, 3, 60, book.add_format({"num_format": "yyyy-mm-dd"})))
        ),
        applied=1,
    )
    yield Hostile(
        "a day before all days",
        drawn(
            lambda book, page: (_row(page), page.write_number(1, 3, -5, book.add_format({"num_format": "yyyy-mm-dd"})))
        ),
        rejected=((2, "occurred_on"),),
    )
    yield Hostile(
        "a time without a day",
        drawn(
            lambda book, page: (
                _row(page),
                page.write_datetime(1, 3, time(9, 30), book.add_format({"num_format": "hh:mm"})),
            )
        ),
        rejected=((2, "occurred_on"),),
    )
    yield Hostile(
        "a duration",
        drawn(
            lambda book, page: (
                _row(page),
                page.write_datetime(1, 3, timedelta(hours=30), book.add_format({"num_format": "[h]:mm"})),
            )
        ),
        rejected=((2, "occurred_on"),),
    )
    yield Hostile(
        "a formula with its result",
        drawn(lambda _book, page: (_row(page), page.write_formula(1, 0, "=1+1", None, 2))),
        applied=1,
    )
    yield Hostile(
        "a formula that was never worked out",
        drawn(lambda _book, page: (_row(page), page.write_formula(1, 0, "=1+1", None, ""))),
        rejected=((2, "activity_ref"),),
    )
    yield Hostile(
        "an error for a member",
        inline(said("A2", "1"), '<c r="B2" t="e"><v>#REF!</v></c>', *BY_HAND[2:]),
        rejected=((2, "member_ref"),),
    )
    yield Hostile(
        "merged cells",
        drawn(
            lambda _book, page: (
                _row(page),
                _row(page, 2, activity_ref="2", member_ref=None),
                page.merge_range(1, 1, 2, 1, "A"),
            )
        ),
        rejected=((3, "member_ref"),),
        applied=1,
    )
    yield Hostile(
        "yes where a number belongs", spreadsheet([*COLUMNS, "units"], [*ROW, True]), rejected=((2, "units"),)
    )
    yield Hostile("a third of a third", spreadsheet([*COLUMNS, "units"], [*ROW, 0.1 + 0.2]), applied=1)
    yield Hostile("units beyond counting", spreadsheet([*COLUMNS, "units"], [*ROW, 1e300]), rejected=((2, "units"),))
    yield Hostile("digits with zeros in front", spreadsheet(COLUMNS, ["0000017", *ROW[1:]]), applied=1)
    yield Hostile(
        "as long a cell as there is", spreadsheet([*COLUMNS, "place"], [*ROW, "x" * 32_767]), rejected=((2, "place"),)
    )
    yield Hostile("headers in capitals", spreadsheet([name.upper() for name in COLUMNS], ROW), applied=1)
    yield Hostile(
        "a header twice in other words", spreadsheet([*COLUMNS, " Service"], [*ROW, "x"]), unusable="“Service”"
    )
    yield Hostile("a header that is a number", spreadsheet([*COLUMNS, 2026], [*ROW, "x"]), applied=1)
    yield Hostile(
        "a header ten thousand rows down",
        drawn(lambda _book, page: None) and spreadsheet(*[[]] * 9_000, COLUMNS, ROW),
        applied=1,
    )
    yield Hostile(
        "macros",
        drawn(
            lambda book, page: (
                _row(page),
                book.add_vba_project(io.BytesIO(b"\xd0\xcf\x11\xe0" + bytes(512)), is_stream=True),
            )
        ),
        applied=1,
        file_name="file.xlsm",
    )
    yield Hostile(
        "a second sheet",
        drawn(lambda book, page: (_row(page), book.add_worksheet().write_row(0, 0, ["else"]))),
        applied=1,
    )
    yield Hostile(
        "a hidden first sheet",
        drawn(lambda book, page: (_row(page), book.add_worksheet().activate(), page.hide())),
        applied=1,
    )
    yield Hostile(
        "a link into another file",
        drawn(lambda _book, page: (_row(page), page.write_formula(1, 0, "='[other.xlsx]Sheet1'!A1", None, "7"))),
        applied=1,
    )
    yield Hostile(
        "a table, a filter and a note",
        drawn(lambda _book, page: (_row(page), page.autofilter(0, 0, 1, 3), page.write_comment(1, 0, "checked"))),
        applied=1,
    )
    yield Hostile("only a header in a spreadsheet", spreadsheet(COLUMNS))


def _broken() -> Iterator[Hostile]:
    """What cannot be read, or says of itself what is not so."""
    whole = spreadsheet(COLUMNS, ROW)
    yield Hostile("a ZIP cut in its middle", whole[: len(whole) // 2], unusable="cannot be opened")
    yield Hostile("a spreadsheet without its workbook", with_parts(whole, workbook=None), unusable="cannot be opened")
    yield Hostile("a spreadsheet without its styles", with_parts(whole, styles=None), rejected=((2, "occurred_on"),))
    yield Hostile("a spreadsheet without its words", with_parts(whole, sharedStrings=None), unusable="cannot be opened")
    yield Hostile(
        "words out of range",
        with_parts(whole, sharedStrings=f"<sst {SPACE} count='1'><si><t>activity_ref</t></si></sst>".encode()),
        unusable="cannot be opened",
    )
    yield Hostile(
        "a document of a word processor",
        archive({"word/document.xml": b"<w:document/>", "[Content_Types].xml": b"<Types/>"}),
        unusable="no XLSX",
        file_name="file.docx",
    )
    yield Hostile(
        "a spreadsheet of another office",
        archive({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<x/>"}),
        unusable="no XLSX",
        file_name="file.ods",
    )
    yield Hostile(
        "a binary spreadsheet",
        archive({"xl/workbook.bin": b"\x83\x01", "xl/worksheets/sheet1.bin": b"\x81\x01"}),
        unusable="no XLSX",
        file_name="file.xlsb",
    )
    yield Hostile("a part that is protected", _protected(whole), unusable="password")
    yield Hostile("a sum that does not match", _corrupted(whole), unusable="cannot be opened")
    yield Hostile(
        "cells without addresses",
        inline(*(cell.replace(f' r="{"ABCD"[n]}2"', "") for n, cell in enumerate(BY_HAND))),
        applied=1,
    )
    yield Hostile(
        "a cell at an address that is none",
        inline(BY_HAND[0], said("?!2", "A"), *BY_HAND[2:]),
        unusable="cannot be opened",
    )
    yield Hostile("a number that is no number", inline('<c r="A2"><v>seven</v></c>', *BY_HAND[1:]), applied=1)
    yield Hostile(
        "NUL written as an escape", inline(said("A2", "1_x0000_2"), *BY_HAND[1:]), rejected=((2, "activity_ref"),)
    )


def _malicious() -> Iterator[Hostile]:
    """What is meant to exhaust whoever opens it, or to reach beyond the file."""
    whole = spreadsheet(COLUMNS, ROW)
    yield Hostile(
        "a sheet that says it is as large as sheets get",
        inline(*BY_HAND, before='<dimension ref="A1:XFD1048576"/>'),
        applied=1,
    )
    yield Hostile("a sheet that says it is small", inline(*BY_HAND, before='<dimension ref="A1:A1"/>'), applied=1)
    yield Hostile(
        "a billion laughs",
        with_parts(whole, sharedStrings=f"{LAUGHS}<sst {SPACE}><si><t>&j;</t></si></sst>".encode()),
        unusable="cannot be opened",
    )
    yield Hostile(
        "an entity that reads a file",
        with_parts(
            whole,
            sharedStrings=f'<!DOCTYPE sst [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst {SPACE}><si><t>&x;</t></si></sst>'.encode(),
        ),
        unusable="cannot be opened",
    )
    yield Hostile("an entity in a cell", inline(said("A2", "&lol;"), *BY_HAND[1:]), unusable="cannot be opened")
    yield Hostile("XML as deep as a well", inline(*BY_HAND, after="<x>" * 200_000 + "</x>" * 200_000), applied=1)
    yield Hostile(
        "a part outside the archive", _with_part(whole, "../../../etc/cron.d/evil", b"* * * * * root true"), applied=1
    )
    yield Hostile(
        "two parts of one name", _with_part(whole, "xl/worksheets/sheet1.xml", b"<worksheet/>"), unusable="empty"
    )
    yield Hostile(
        "three thousand parts",
        archive({f"xl/worksheets/sheet{n}.xml": b"" for n in range(3_000)}),
        unusable="larger than a feed",
    )
    yield Hostile(
        "a bomb that says it is small",
        _lying(archive({"xl/worksheets/sheet1.xml": b"0" * 30_000_000})),
        unusable="cannot be opened",
    )
    yield Hostile(
        "a bomb in a bomb",
        archive(
            {
                "xl/worksheets/sheet1.xml": archive({"inner": b"0" * 30_000_000}),
                "xl/media/a.zip": archive({"inner": b"0" * 30_000_000}),
            }
        ),
        unusable="cannot be opened",
    )
    yield Hostile(
        "a million styles",
        with_parts(whole, styles=f"<styleSheet {SPACE}><cellXfs>{'<xf/>' * 1_000_000}</cellXfs></styleSheet>".encode()),
        rejected=((2, "occurred_on"),),
    )


def _with_part(content: bytes, name: str, part: bytes) -> bytes:
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as target:
        target.infolist()  # a name may stand there already: that is the point
        info = zipfile.ZipInfo(name)
        target.NameToInfo.pop(name, None)
        target.writestr(info, part)
    return out.getvalue()


def _protected(content: bytes) -> bytes:
    """Every part marked as encrypted, in the parts' own headers and in the directory."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := changed.find(mark, start)) >= 0:
            changed[start + place] |= 1
            start += 4
    return bytes(changed)


def _corrupted(content: bytes) -> bytes:
    """One byte of the first part's checksum, wherever it stands, is another."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        changed[changed.find(mark) + place] ^= 0xFF
    return bytes(changed)


def _lying(content: bytes) -> bytes:
    """The archive says of its only part that it unpacks to 1,000 bytes."""
    changed = bytearray(content)
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = changed.find(mark) + place
        changed[start : start + 4] = (1_000).to_bytes(4, "little")
    return bytes(changed)
