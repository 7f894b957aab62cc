"""Opening a feed: header accepted or refused, then rows as staged fields, as often as asked."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Unusable
from contracts.imports import csv_file, xlsx_file
from contracts.imports.cells import EMPTY, Faulty, Field, reader
from contracts.imports.limits import Limits
from contracts.imports.mapping import Mapping
from contracts.operations.feeds.kinds import Column, Fault, FeedKind, Type
from contracts.operations.feeds.work import Batch

ROWS_AT_ONCE = 10_000
QUOTED_BY_US = ("'=", "'+", "'-", "'@", "'\t", "'\r")
OURS = ("row_number", "column", "value", "sentence")  # what a file of rejected rows has beside its own columns


@dataclass(frozen=True)
class Feed:
    """A file whose header was accepted. Reading it does not keep it in memory (a spreadsheet's sheet excepted)."""

    kind: FeedKind
    path: Path
    file_name: str
    sha256: str
    size: int
    header: tuple[str, ...]
    ignored: tuple[str, ...]
    places: dict[str, int]  # column of the kind → its place in the file
    chosen: Mapping
    limits: Limits
    is_spreadsheet: bool

    @property
    def mapping(self) -> dict[str, Any]:
        return self.chosen.as_json()

    @property
    def present(self) -> frozenset[str]:
        return frozenset(self.places.keys() | self.chosen.constants.keys())

    def cells(self) -> Iterator[tuple[int, Sequence[str]]]:
        """(row number, cells as they stand in the file), header left out."""
        for number, row in self._rows():
            yield number, ["" if isinstance(cell, Faulty) else cell for cell in row]

    def cell(self, column: str, cells: Sequence[str]) -> tuple[str, str]:
        """(the file's own name of a column of the kind, what stands in its cell)."""
        theirs = self.chosen.columns.get(column, column)
        if column in self.places:
            place = self.places[column]
            return theirs, cells[place] if place < len(cells) else ""
        return theirs, self.chosen.constants.get(column, "")

    def batches(self, *, zone: ZoneInfo) -> Iterator[Batch]:
        """Rows in file order, some thousands at a time."""
        present = [column for column in self.kind.columns if column.name in self.present]
        steps = [self._step(column, zone) for column in present]
        width = len(self.header)
        lines: list[str] = []
        faults: list[tuple[Fault, str | None]] = []
        read = 0
        for number, row in self._rows():
            read += 1
            if read > self.limits.rows:
                raise Unusable(
                    _("The file has more than %(most)d rows. Send it in parts.") % {"most": self.limits.rows}
                )
            if len(row) != width:
                if len(row) > width and not any(row[width:]):
                    row = row[:width]  # noqa: PLW2901  a spreadsheet's trailing commas
                else:
                    faults.append((self._ragged(number, row), self._subject(row)))
                    continue
            fields = [step(row) for step in steps]
            try:
                lines.append(f"{number}\t" + "\t".join(fields) + "\n")  # type: ignore[arg-type]
            except TypeError:  # some field is Faulty
                line, found = self._judge(number, present, fields)
                lines += [line] if line else []
                subject = self._subject(row)
                faults += [(fault, subject) for fault in found]
            if len(lines) + len(faults) >= ROWS_AT_ONCE:
                yield Batch(lines, faults, read)
                lines, faults = [], []
        yield Batch(lines, faults, read)

    def _rows(self) -> Iterator[tuple[int, list[Any]]]:
        """Rows under the header."""
        rows = xlsx_file.rows(self.path, self.limits) if self.is_spreadsheet else csv_file.rows(self.path)
        next(rows, None)
        yield from rows

    def _step(self, column: Column, zone: ZoneInfo) -> Callable[[list[Any]], Field]:
        read = reader(column, zone=zone)
        if column.name in self.chosen.constants:
            constant = read(self.chosen.constants[column.name])
            return lambda row: constant
        place = self.places[column.name]
        translate = self.chosen.values.get(column.name)

        def step(row: list[Any]) -> Field:
            cell = row[place]
            if cell.__class__ is not str:
                return cell  # type: ignore[no-any-return]  # Faulty already: a number that lost its digits
            cell = cell.strip()
            if cell[:1] == "'" and cell[:2] in QUOTED_BY_US:
                cell = cell[1:]  # the apostrophe that our own downloads put before what a spreadsheet would execute
            if translate is not None:
                cell = translate.get(cell, cell)
            return read(cell)

        return step

    def _judge(self, number: int, present: list[Column], fields: list[Field]) -> tuple[str, list[Fault]]:
        """The row's line, where all that is missing may be missing; else its faults."""
        faults = [
            Fault(number, column.name, field.code, field.detail)
            for column, field in zip(present, fields, strict=True)
            if isinstance(field, Faulty)
        ]
        void = next((place for place, column in enumerate(present) if column.name == self.kind.void), None)
        spared = {self.kind.subject}
        if void is not None and fields[void] == "t":
            faults = [fault for fault in faults if fault.code != "missing" or fault.column in spared]
            if not faults:
                empty = {Type.MOMENT: f"{EMPTY}\t{EMPTY}"}
                kept = [
                    empty.get(column.type, EMPTY) if isinstance(field, Faulty) else field
                    for column, field in zip(present, fields, strict=True)
                ]
                return f"{number}\t" + "\t".join(kept) + "\n", []
        return "", faults

    def _ragged(self, number: int, row: list[Any]) -> Fault:
        return Fault(number, "", "ragged", {"cells": len(row), "columns": len(self.header)})

    def _subject(self, row: list[Any]) -> str | None:
        """Whom the row is about, where rows of one subject stand or fall together."""
        if not self.kind.subject:
            return None
        _theirs, cell = self.cell(self.kind.subject, ["" if isinstance(cell, Faulty) else cell for cell in row])
        cell = cell.strip().replace("\0", "")
        return self.chosen.values.get(self.kind.subject, {}).get(cell, cell) or None


def open_feed(path: Path, *, kind: FeedKind, mapping: Mapping, limits: Limits, file_name: str = "") -> Feed:
    """Accept a file's header. Raises Unusable with everything that is wrong with the file as a whole."""
    size = path.stat().st_size
    if size == 0:
        raise Unusable(_("The file is empty."))
    if size > limits.bytes:
        raise Unusable(
            _("The file has %(size)d MB; a feed may have %(most)d MB. Send it in parts.")
            % {"size": size // 1_000_000 + 1, "most": limits.bytes // 1_000_000}
        )
    with path.open("rb") as raw:
        is_spreadsheet = xlsx_file.is_spreadsheet(raw.read(8))
        raw.seek(0)
        sha256 = hashlib.file_digest(raw, "sha256").hexdigest()
    rows: Iterator[tuple[int, list[Any]]]
    rows = xlsx_file.rows(path, limits) if is_spreadsheet else csv_file.rows(path)
    found = next(rows, None)
    if found is None:
        raise Unusable(_("The file is empty."))
    header = tuple("" if isinstance(cell, Faulty) else cell.strip() for cell in found[1])
    places, ignored = _match(header, kind, mapping)
    return Feed(
        kind=kind,
        path=path,
        file_name=file_name or path.name,
        sha256=sha256,
        size=size,
        header=header,
        ignored=ignored,
        places=places,
        chosen=mapping,
        limits=limits,
        is_spreadsheet=is_spreadsheet,
    )


def _match(header: Sequence[str], kind: FeedKind, mapping: Mapping) -> tuple[dict[str, int], tuple[str, ...]]:
    """(column of the kind → place, headers that nothing uses)."""
    place_of, faults = _places(header)
    places: dict[str, int] = {}
    for column in kind.columns:
        if column.name in mapping.constants:
            continue
        theirs = mapping.columns.get(column.name)
        wanted = (theirs or column.name).casefold()
        if wanted in place_of:
            places[column.name] = place_of[wanted]
        elif theirs is not None:
            faults.append(
                _("columns.%(ours)s: the file has no column “%(theirs)s”.") % {"ours": column.name, "theirs": theirs}
            )
        elif column.required:
            faults.append(_("Column “%(name)s” is missing.") % {"name": column.name})
    faults += [
        _("values.%(name)s: the file has no such column.") % {"name": name}
        for name in mapping.values
        if name not in places
    ]
    if faults:
        raise Unusable(_("The header cannot be used."), [*faults, *_separated_otherwise(header)])
    used = set(places.values())
    return places, tuple(name for place, name in enumerate(header) if name and place not in used)


def _places(header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    """(header without case → place, faults)."""
    if any("\0" in name for name in header):
        raise Unusable(_("The header holds NUL characters; this is no CSV file."))
    place_of: dict[str, int] = {}
    faults = []
    for place, name in enumerate(header):
        folded = name.casefold()
        if folded in place_of:
            faults.append(_("Header “%(name)s” is there more than once.") % {"name": name})
        elif folded:
            place_of[folded] = place
    return place_of, faults


def _separated_otherwise(header: Sequence[str]) -> list[str]:
    words = {";": _("semicolons"), "\t": _("tabs")}
    return [
        _("The columns seem to be separated by %(word)s; separate them by commas.") % {"word": word}
        for separator, word in words.items()
        if len(header) == 1 and separator in header[0]
    ]
