"""What reading takes: memory and processor time, measured in a process of its own, whatever else the machine does."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from blended_pilot.environment import ROOT
from tests.contracts.hostile.base import HEADER, sheet, spreadsheet, with_sheet

MILLION = 1_000_000
AT_ONCE = 10_000


def taken(*paths: Path) -> list[dict[str, Any]]:
    """What `tests.contracts.greedy` says of each file."""
    command = [sys.executable, "-m", "tests.contracts.greedy", *paths]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows() -> Iterator[str]:
    for start in range(0, MILLION, AT_ONCE):
        yield "".join(f"{number},A,outreach,2026-05-01\n" for number in range(start, start + AT_ONCE))


def large_spreadsheet(path: Path, parts: Iterator[bytes]) -> None:
    """A spreadsheet whose first sheet is written piece by piece."""
    with (
        zipfile.ZipFile(io.BytesIO(spreadsheet(["a"]))) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for part in source.infolist():
            if not part.filename.endswith("sheet1.xml"):
                target.writestr(part.filename, source.read(part))
        with target.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet_xml:
            for piece in parts:
                sheet_xml.write(piece)


def test_a_million_rows_are_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "million.csv"
    with path.open("w") as file:
        file.write(f"{HEADER}\n")
        file.writelines(rows())

    [found] = taken(path)

    assert (found["read"], found["unusable"]) == (MILLION, "")
    assert found["megabytes"] < 60
    assert found["seconds"] < 60


CELL = "<c><v>1</v></c>"
FAR = "<row r={0}1{0}>" + CELL + "</row><row r={0}1048576{0}><c r={0}XFD1048576{0}><v>1</v></c></row>"
WIDE_ROW = f"<row>{'<c/>' * 16_000}{CELL}</row>"


BRACKETS = """<c
s=">"
/>"""
FAR_SHEETS = {
    "single quotes": FAR.format("'"),
    "spaces": FAR.format('"').replace("r=", "r = "),
    "line breaks": FAR.format('"').replace("r=", "\nr\t=\n"),
    "small letters": FAR.format('"').replace("XFD", "xfd"),
    "far apart": FAR.format('"').replace("r=", f"r{' ' * 2_000_000}="),
    "an escaped letter": FAR.format('"').replace("XFD", "&#88;FD"),
    "no addresses": f"{WIDE_ROW}{'<row/>' * 200_000}<row>{CELL}</row>",
    "no addresses in many rows": f"{WIDE_ROW}{f'<row>{CELL}</row>' * 200_000}",
    "no addresses beside a bracket": f"{WIDE_ROW.replace('<c/>', BRACKETS)}{f'<row>{CELL}</row>' * 200_000}",
    "endless digits": f"<row r='{'9' * 5_000}'><c r='A{'9' * 5_000}'><v>1</v></c></row>",
    "endless letters": "<row r='1'><c r='ZZZZZ1'><v>1</v></c></row>",
}


def test_a_sheet_that_reaches_far_is_not_opened(tmp_path: Path) -> None:
    """The reader fills the rectangle: six of these ended the process before addresses were looked for like this."""
    for name, cells in FAR_SHEETS.items():
        (tmp_path / name).write_bytes(with_sheet(sheet(cells)))

    found = dict(zip(FAR_SHEETS, taken(*(tmp_path / name for name in FAR_SHEETS)), strict=True))

    refusal = re.compile("Delete the empty rows|no program writes")
    assert [name for name, each in found.items() if not refusal.search(each["unusable"])] == []
    assert sum(each["megabytes"] for each in found.values()) < 60


def test_a_long_sheet_that_is_narrow_is_read(tmp_path: Path) -> None:
    """A sheet of 700,000 rows and four columns is no larger than a feed may be."""
    path = tmp_path / "long.xlsx"
    columns = dict(zip("ABCD", HEADER.split(","), strict=True))
    header = "".join(f'<c r="{letter}1" t="inlineStr"><is><t>{name}</t></is></c>' for letter, name in columns.items())
    last = '<row r="700000"><c r="A700000"><v>1</v></c><c r="B700000" t="inlineStr"><is><t>A</t></is></c></row>'
    path.write_bytes(with_sheet(sheet(f'<row r="1">{header}</row>{last}')))

    [found] = taken(path)

    assert (found["read"], found["unusable"]) == (1, "")


def test_a_sheet_that_unpacks_to_more_than_a_feed_is_not_unpacked_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    large_spreadsheet(path, (b" " * 1_000_000 for _ in range(1_500)))

    [found] = taken(path)

    assert "larger than a feed may be" in found["unusable"]
    assert found["megabytes"] < 60
