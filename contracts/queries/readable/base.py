"""The building blocks of a readable document: sections of facts, tables and drawings, each line with its key path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from blended_pilot.kernel import charts
from blended_pilot.kernel.templatetags.kit import money, quantity
from contracts.rules.document import ContractDocument, Range
from contracts.rules.faults import Place, key_path

NOTHING = "–"
WIDE = 3


@dataclass
class Line:
    """Something with an anchor: `anchor` is its key path, `more` those of what it tells in passing."""

    anchor: str
    more: list[str] = field(default_factory=list)


@dataclass
class Fact(Line):
    label: str = ""
    value: str = ""


@dataclass
class Cell:
    """`header` is that of its column, for screens on which a row becomes a list."""

    text: str
    header: str


@dataclass
class Row(Line):
    cells: Sequence[Cell] = ()


@dataclass
class Facts:
    lines: list[Fact]
    kind: str = "facts"


@dataclass
class Table:
    """`numeric` are the positions of columns that hold figures."""

    title: str
    header: Sequence[str]
    lines: list[Row]
    numeric: frozenset[int] = frozenset()
    note: str = ""
    kind: str = "table"

    @property
    def wide(self) -> bool:
        """Too wide for a phone."""
        return len(self.header) > WIDE


@dataclass
class Drawing:
    figure: charts.Figure
    lines: list[Line] = field(default_factory=list)
    kind: str = "drawing"


@dataclass
class Section(Line):
    """One part of the document: what it is about, in a sentence, and its blocks."""

    title: str = ""
    lead: str = ""
    blocks: list[Facts | Table | Drawing] = field(default_factory=list)


class Words:
    """Values of one document as a person reads them."""

    def __init__(self, document: ContractDocument) -> None:
        self._currency = document.currency
        self._levels = {level.code: level.name for level in document.levels}
        self._cohorts = {cohort.code: cohort.name for cohort in document.cohorts}
        self._geographies = {geography.code: geography.name for geography in document.geographies}
        self._services = {service.code: service.name for service in document.services}

    def money(self, amount: Decimal | None) -> str:
        return NOTHING if amount is None else money(amount, self._currency)

    def level(self, code: str | None) -> str:
        return f"{code} {self._levels[code]}" if code else NOTHING

    def cohort(self, code: str | None) -> str:
        return self._cohorts[code] if code else _("all")

    def geography(self, code: str | None) -> str:
        return self._geographies[code] if code else _("all")

    def service(self, code: str | None) -> str:
        return self._services[code] if code else _("any service")

    def services(self, codes: Iterable[str]) -> str:
        return listed(self.service(code) for code in codes)


def number(value: Decimal | int | None) -> str:
    return NOTHING if value is None else quantity(Decimal(value))


def percent(value: Decimal | int | None) -> str:
    return NOTHING if value is None else f"{quantity(Decimal(value))}%"


def ratio(value: Decimal | None) -> str:
    """A ratio as a percentage: 0.9 is 90%."""
    return NOTHING if value is None else percent(value * 100)


def day(value: date) -> str:
    return date_format(value, "DATE_FORMAT")


def month(value: date) -> str:
    return date_format(value, "F Y")


def span(value: Range) -> str:
    """ "from … to …", with the open ends in words."""
    start = day(value.from_) if value.from_ else _("the start")
    return f"{start} – {day(value.to)}" if value.to else _("from %(start)s") % {"start": start}


def days(count: int | None) -> str:
    if count is None:
        return NOTHING
    return _("%(count)s days") % {"count": count} if count != 1 else _("1 day")


def yes_no(value: bool) -> str:
    return _("yes") if value else _("no")


def listed(values: Iterable[Any]) -> str:
    return ", ".join(str(value) for value in values) or NOTHING


def plain(code: str) -> str:
    """A code of the schema as words: `day_15` as "day 15"."""
    return code.replace("_", " ")


def facts(path: tuple[Place, ...], *items: tuple[Place | None, Any, Any]) -> Facts:
    """(key, label, value) under `path`; key None for what is said by the part itself."""
    return Facts(
        [
            Fact(key_path((*path, key) if key is not None else path), [], str(label), str(value))
            for key, label, value in items
        ]
    )


def table(
    path: tuple[Place, ...],
    title: Any,
    header: Sequence[Any],
    rows: Iterable[Sequence[Any]],
    *,
    numeric: Iterable[int] = (),
    note: Any = "",
) -> Table:
    """Rows in the order of the list at `path`, so that each row's anchor is `path[n]`."""
    names = [str(text) for text in header]
    return Table(
        str(title),
        names,
        [
            Row(key_path((*path, index)), [], [Cell(str(cell), name) for cell, name in zip(cells, names, strict=True)])
            for index, cells in enumerate(rows)
        ],
        frozenset(numeric),
        str(note),
    )
