"""From the text of a cell to a field of COPY text, by the type of its column.

A reader is a dictionary from cell to field that works out what it has not met before: files repeat their dates, codes
and numbers. A cell that cannot be read gives a `Faulty` instead of text.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from blended_pilot.kernel.periods import DAY, parse_month
from contracts.operations.feeds.kinds import Column, Type

LONGEST_NUMBER = 40  # characters
REMEMBERED = 20_000  # cells per column
EMPTY = r"\N"
OPEN = date(9999, 12, 31)  # how many systems write "no end"
EARLIEST, LATEST = date(1850, 1, 1), date(2199, 12, 31)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?) ?(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII)
NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
YES_NO = {"yes": "t", "no": "f", "true": "t", "false": "f", "y": "t", "n": "f", "1": "t", "0": "f"}
CODE_BREAKS = re.compile(r"[,;|\s]+")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # anything but tab and line breaks
LINE_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


@dataclass(frozen=True)
class Faulty:
    """A cell that cannot be read; `code` is a sentence of `contracts.operations.feeds.sentences`."""

    code: str
    detail: dict[str, Any] = field(default_factory=dict)


Field = str | Faulty


class Reader(dict[str, Field]):
    def __init__(self, read: Callable[[str], Field]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, cell: str) -> Field:
        if len(self) >= REMEMBERED:
            self.clear()
        value = self[cell] = self._read(cell)
        return value


def reader(column: Column, *, zone: ZoneInfo) -> Callable[[str], Field]:
    """A function from stripped cell to field. A MOMENT gives two fields, separated by a tab."""
    read: Callable[[str], Field] = {
        Type.REFERENCE: _reference(column),
        Type.TEXT: _text(column),
        Type.DATE: _day,
        Type.LAST_DAY: _last_day,
        Type.MONTH: _month,
        Type.MOMENT: partial(_moment, zone=zone),
        Type.DECIMAL: partial(_decimal, column=column),
        Type.WHOLE: partial(_whole, column=column),
        Type.YES_NO: _yes_no,
        Type.CODES: partial(_codes, column=column),
    }[column.type]
    empty: Field = "\t".join([EMPTY, EMPTY]) if column.type is Type.MOMENT else EMPTY
    if column.required:
        empty = Faulty("missing")

    def read_cell(cell: str) -> Field:
        return read(cell) if cell else empty

    if column.type in (Type.REFERENCE, Type.TEXT):
        return read_cell  # mostly different from row to row: remembering would cost more than reading
    return Reader(read_cell).__getitem__


def _reference(column: Column) -> Callable[[str], Field]:
    # one match says that there is nothing to escape, nothing to refuse and nothing too long
    plain = re.compile(rf"[^\x00-\x1f\x7f\x85\u2028\u2029\\]{{1,{column.longest}}}\Z").match

    def read(cell: str) -> Field:
        if plain(cell):
            return cell
        if len(cell) > column.longest:
            return Faulty("too_long", {"length": len(cell), "longest": column.longest})
        if "\0" in cell:
            return Faulty("nul")
        if LINE_CONTROL.search(cell):
            return Faulty("line_break")
        return cell.translate(ESCAPES)

    return read


def _text(column: Column) -> Callable[[str], Field]:
    plain = re.compile(rf"[^\x00-\x1f\x7f\\]{{1,{column.longest}}}\Z").match

    def read(cell: str) -> Field:
        if plain(cell):
            return cell
        if len(cell) > column.longest:
            return Faulty("too_long", {"length": len(cell), "longest": column.longest})
        if "\0" in cell:
            return Faulty("nul")
        if CONTROL.search(cell):
            return Faulty("control_character")
        return cell.translate(ESCAPES)

    return read


def _calendar_day(text: str) -> date | Faulty:
    if not DATE.fullmatch(text):
        return Faulty("not_a_date")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return Faulty("no_such_day")
    if not EARLIEST <= day <= LATEST and day != OPEN:
        return Faulty("absurd_date", {"earliest": EARLIEST.year, "latest": LATEST.year})
    return day


def _day(cell: str) -> Field:
    day = _calendar_day(cell)
    if isinstance(day, date) and day == OPEN:
        return Faulty("absurd_date", {"earliest": EARLIEST.year, "latest": LATEST.year})
    return day.isoformat() if isinstance(day, date) else day


def _last_day(cell: str) -> Field:
    day = _calendar_day(cell)
    if isinstance(day, Faulty):
        return day
    return EMPTY if day == OPEN else (day + DAY).isoformat()


def _month(cell: str) -> Field:
    try:
        # a spreadsheet turns 2026-03 into the first of March
        month = parse_month(cell[:-3] if cell.endswith("-01") and DATE.fullmatch(cell) else cell)
    except ValueError:
        return Faulty("not_a_month")
    if not EARLIEST <= month <= LATEST:
        return Faulty("absurd_date", {"earliest": EARLIEST.year, "latest": LATEST.year})
    return month.isoformat()


def _moment(cell: str, zone: ZoneInfo) -> Field:
    if len(cell) <= 10:
        day = _day(cell)
        return f"{day}\t{EMPTY}" if isinstance(day, str) else day
    match = MOMENT.fullmatch(cell)
    if match is None:
        return Faulty("not_a_moment")
    day = _day(match[1])
    if isinstance(day, Faulty):
        return day
    offset = (match[5] or "").upper()
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{'+00:00' if offset == 'Z' else offset}")
        if moment.tzinfo is None:
            # fold=0: a local time that occurs twice is the first
            moment = moment.replace(tzinfo=zone)
            back = moment.astimezone(UTC).astimezone(zone)
            if back.replace(tzinfo=None) != moment.replace(tzinfo=None):
                return Faulty("no_such_time", {"zone": zone.key})
        local = moment.astimezone(zone)
    except (ValueError, OverflowError):
        return Faulty("not_a_moment")
    return f"{local.date().isoformat()}\t{moment.astimezone(UTC).isoformat()}"


def _decimal(cell: str, column: Column) -> Field:
    if not NUMBER.fullmatch(cell):
        return Faulty("comma_in_number" if "," in cell else "not_a_number")
    if len(cell) > LONGEST_NUMBER:
        return Faulty("too_large", {"digits": column.digits})
    number = Decimal(cell)
    if number < 0 and not column.negative:
        return Faulty("negative")
    if abs(number) >= Decimal(10) ** column.digits:
        return Faulty("too_large", {"digits": column.digits})
    exact = number.normalize()
    exponent = exact.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > column.places:
        return Faulty("too_many_places", {"places": column.places})
    return format(number, "f")


def _whole(cell: str, column: Column) -> Field:
    if not NUMBER.fullmatch(cell[: LONGEST_NUMBER + 1]):
        return Faulty("not_a_whole_number")
    if len(cell) > LONGEST_NUMBER:
        return Faulty("too_large", {"digits": column.digits})
    if Decimal(cell) != int(Decimal(cell)):
        return Faulty("not_a_whole_number")
    number = int(Decimal(cell))
    if number < 0 and not column.negative:
        return Faulty("negative")
    if abs(number) >= 10**column.digits:
        return Faulty("too_large", {"digits": column.digits})
    return str(number)


def _yes_no(cell: str) -> Field:
    return YES_NO.get(cell.casefold(), Faulty("not_yes_or_no"))


def _codes(cell: str, column: Column) -> Field:
    codes = sorted({code for code in CODE_BREAKS.split(cell) if code})
    for code in codes:
        if CONTROL.search(code):
            return Faulty("nul" if "\0" in code else "control_character")
        if len(code) > column.longest:
            return Faulty("too_long", {"length": len(code), "longest": column.longest})
    quoted = ",".join('"' + code.replace("\\", "\\\\").replace('"', '\\"') + '"' for code in codes)
    return f"{{{quoted}}}".translate(ESCAPES) if codes else EMPTY


def _spreadsheet_number(value: float) -> str | Faulty:
    if not math.isfinite(value):
        return str(value)
    return Faulty("lost_digits") if abs(value) >= 10**15 else format(Decimal(format(value, ".15g")), "f")


def spreadsheet_text(value: Any) -> str | Faulty:
    """What a spreadsheet cell says, as the text that a CSV file would hold.

    A whole number beyond 15 digits is `Faulty`: the spreadsheet has already lost its last ones.
    """
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _spreadsheet_number(value)
    if isinstance(value, datetime):
        moment = (value + timedelta(milliseconds=500)).replace(microsecond=0)  # a time of day is a fraction there
        return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat()
    return str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
