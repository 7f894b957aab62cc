"""Text files: wrong encodings and separators, numbers and dates at their edges, characters that do not show."""

import gzip
from collections.abc import Iterator

from tests.contracts.hostile.base import GOOD, HEADER, Hostile, text

DAY = "2026-05-01"


def files() -> Iterator[Hostile]:
    yield from _unusable()
    yield from _rows()
    yield from _numbers()
    yield from _days()


def one(name: str, column: str, cell: str, *, good: bool = False) -> Hostile:
    """A file of one row that holds `cell` in `column`: applied, or rejected by that column."""
    cells = {"activity_ref": "1", "member_ref": "A", "service": "outreach", "occurred_on": DAY, column: cell}
    content = text(",".join(cells), ",".join(f'"{value}"' if "," in value else value for value in cells.values()))
    return Hostile(name, content, applied=1) if good else Hostile(name, content, rejected=((2, column),))


def _unusable() -> Iterator[Hostile]:
    whole = "\n".join([HEADER, GOOD])
    yield Hostile("UTF-16 without a mark", whole.encode("utf-16-le"), unusable="NUL")
    yield Hostile("UTF-16, the other byte first", b"\xfe\xff" + whole.encode("utf-16-be"), unusable="UTF-16")
    yield Hostile("UTF-32", whole.encode("utf-32"), unusable="UTF-16")
    yield Hostile("two marks", b"\xef\xbb\xbf" * 2 + whole.encode(), unusable="“activity_ref” is missing")
    yield Hostile("half of a surrogate pair", text(HEADER) + b"1\xed\xa0\x80,A,outreach,2026-05-01", "Line 2")
    yield Hostile("a character written too long", text(HEADER) + b"1\xc0\x80,A,outreach,2026-05-01", "Line 2")
    yield Hostile("compressed", gzip.compress(whole.encode()), unusable="not UTF-8", file_name="file.csv.gz")
    yield Hostile("a PDF", b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\n", unusable="missing")
    yield Hostile("a picture", b"\x89PNG\r\n\x1a\n" + bytes(200), unusable="not UTF-8")
    yield Hostile("a header of nothing but commas", text(",,,", GOOD), unusable="missing")
    yield Hostile("a header in another case twice", text(f"{HEADER},sErViCe", GOOD + ",x"), unusable="“sErViCe”")
    yield Hostile("a header with a hard space twice", text(f"{HEADER},service\u00a0", GOOD + ",x"), "“service”")
    yield Hostile("a header with a space of no width", text(HEADER.replace("_ref", "_ref\u200b"), GOOD), "missing")
    yield Hostile("bars", text(HEADER.replace(",", "|"), GOOD.replace(",", "|")), unusable="missing")
    yield Hostile("a hint for a spreadsheet program", text("sep=,", HEADER, GOOD), unusable="missing")
    yield Hostile("a quote after a backslash", text(HEADER, '"1\\"2",A,outreach,2026-05-01'), unusable="Row 2")
    yield Hostile("one endless line", b"x" * 3_000_000, unusable="131072 characters")
    yield Hostile("a quote in the header that is never closed", text(f'{HEADER},"note', GOOD + ",x"), unusable="Row 1")


def _rows() -> Iterator[Hostile]:
    yield Hostile("every line end there is", f"{HEADER}\r\n{GOOD}\r2,A,outreach,{DAY}\n".encode(), applied=2)
    yield Hostile("no line end at the end", "\n".join([HEADER, GOOD]).encode(), applied=1)
    yield Hostile("the end mark of an old system", text(HEADER, GOOD) + b"\x1a", rejected=((3, ""),), applied=1)
    yield Hostile("blank lines of commas", text(HEADER, ",,,", GOOD, ",,,"), applied=1)
    yield Hostile("a line of spaces", text(HEADER, "   ,  , , ", GOOD), rejected=((2, "activity_ref"),), applied=1)
    yield Hostile("spaces around cells", text(HEADER, f" 1 ,  A, outreach ,{DAY}  "), applied=1)
    yield Hostile("everything in quotes", text(*(f'"{line.replace(",", chr(34) + "," + chr(34))}"' for line in (HEADER, GOOD))), applied=1)  # fmt: skip
    yield Hostile("the header again below", text(HEADER, GOOD, HEADER), rejected=((3, "occurred_on"),), applied=1)
    yield Hostile("five thousand more columns", text(HEADER + "".join(f",x{n}" for n in range(5_000)), GOOD + "," * 5_000), applied=1)  # fmt: skip
    yield Hostile("a header of ten thousand letters", text(f"{HEADER},{'x' * 10_000}", GOOD + ",1"), applied=1)
    yield Hostile("a thousand trailing commas", text(HEADER, GOOD + "," * 1_000), applied=1)
    yield Hostile("one row twice", text(HEADER, GOOD, GOOD), applied=1)
    yield Hostile(
        "one reference with two contents",
        text(HEADER, GOOD, "1,A,outreach,2026-05-02"),
        rejected=((2, "activity_ref"), (3, "activity_ref")),
    )
    yield one("a space of no width in a reference", "member_ref", "A\u200b")
    yield one("a turned direction in a reference", "member_ref", "\u202eA")
    yield one("a composed letter for a member", "member_ref", "A\u0301")
    yield one("a line separator in a reference", "activity_ref", "1\u20282")
    yield one("a next-line character in a reference", "activity_ref", "1\x852")
    yield one("an escape sequence of a terminal", "activity_ref", "\x1b[31m1")
    yield one("a letter beyond sixteen bits", "place", "𝒜🏳️‍🌈", good=True)
    yield one("a formula as a reference", "activity_ref", "=1+1", good=True)
    yield one("a program call", "place", "=cmd|'/c calc'!A1", good=True)
    yield one("a path", "activity_ref", "../../etc/passwd", good=True)
    yield one("a script", "place", "<script>alert(1)</script>", good=True)
    yield one("a template", "place", "{{ 7 * 7 }}{% debug %}", good=True)
    yield one("a service of another case", "service", "OUTREACH")
    yield one("ten thousand codes", "criteria_not_met", " ".join(f"c{number}" for number in range(10_000)))
    yield one("neither yes nor no", "planned", "maybe")
    yield one("yes in capitals", "planned", "YES", good=True)


def _numbers() -> Iterator[Hostile]:
    for cell in ("1e3", "1e400", "NaN", "-Infinity", "0x10", "1_000", "1,000", "1.000,5", "--1", ".", "１", "½", "-0"):
        yield one(f"units of {cell}", "units", cell)
    yield one("units below nothing", "units", "-1")
    yield one("units of a minus sign that is none", "units", "\u22121")
    yield one("units too small to count", "units", "0." + "0" * 30 + "1")
    yield one("units with a sign", "units", "+1", good=True)
    yield one("units without a leading digit", "units", ".5", good=True)
    yield one("half a minute", "minutes", "1.5")
    yield one("minutes below nothing", "minutes", "-5")
    yield one("minutes of a lifetime", "minutes", "9" * 39)


def _days() -> Iterator[Hostile]:
    for cell in (
        "2026-5-1", "20260501", "2026-W18-5", "2026-121", "2025-02-29", "1900-02-29", "0001-01-01", "10000-01-01",
        "-2026-05-01", "2026\u201105\u201101", "01-May-2026", "46143", "2026-05-01T24:00", "2026-05-01T23:60",
        "2026-06-30T23:59:60", "2026-05-01T10:00:00.1234567", "2026-05-01T10:00Z[Europe/Paris]", "2026-05-01T",
        "2026-05-01T10", "2026-05-01T10:00+24:00", "yesterday",
    ):  # fmt: skip
        yield one(f"on {cell}", "occurred_on", cell)
    yield one("an hour that the clocks skip", "occurred_on", "2026-03-08T02:30")
    yield one("an hour that comes twice", "occurred_on", "2025-11-02T01:30", good=True)
    yield one("a leap day", "occurred_on", "2024-02-29", good=True)
    yield one("a day later on the other side of the world", "occurred_on", "2026-05-01T00:30+14:00", good=True)
    yield one("verified at the end of time", "verified_on", "9999-12-31")
