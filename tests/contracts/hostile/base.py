"""Files that mean harm or come from careless systems: (name, content, what must come of it).

`unusable` holds words of the sentence that refuses the whole file; `rejected` the (row, column) pairs of a file whose
good rows still count. The columns are those of the services feed; member A and service `outreach` are known.
"""

import io
import zipfile
from dataclasses import dataclass

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
    file_name: str = "file.csv"


def text(*lines: str, end: str = "\n") -> bytes:
    return end.join([*lines, ""]).encode()


def spreadsheet(*rows: list[object], **options: bool) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd", **options})
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


def with_parts(content: bytes, **parts: bytes | None) -> bytes:
    """A spreadsheet in which parts, named by the end of their path, are replaced, or left out (None)."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.infolist():
            name = part.filename.rpartition("/")[2].partition(".")[0]
            replaced = parts.get(name, source.read(part))
            if replaced is not None:
                target.writestr(part.filename, replaced)
    return out.getvalue()


def with_sheet(xml: bytes) -> bytes:
    """A spreadsheet whose first sheet is replaced."""
    return with_parts(spreadsheet(["a"]), sheet1=xml)


def sheet(cells: str) -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'.encode()
