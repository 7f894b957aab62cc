"""Rejected rows: as they stood in the file, with the column, the value and a sentence."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from psycopg.types.json import Jsonb

from contracts.models import FeedReject
from contracts.operations.feeds.sentences import sentence
from contracts.operations.feeds.work import Source, Work

FAULTS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Reject:
    """One row. Of several faults the first gives column and value; `sentence` says them all."""

    row_number: int
    column: str
    value: str
    sentence: str
    cells: Sequence[str]


def rejects(work: Work, source: Source) -> Iterator[Reject]:
    """The rejected rows of a judged file, in file order; the file is read once more beside its faults."""
    faults = _faults(work)
    fault = next(faults, None)
    if fault is None:
        return
    for number, cells in source.cells():
        sentences = []
        first: tuple[str, str] | None = None
        while fault is not None and fault[0] == number:
            _, column, code, detail = fault
            name, value = source.cell(column, cells) if column else ("", "")
            said = sentence(work, name=name, value=value.strip(), code=code, detail=detail)
            first = first or (name, value)
            if said not in sentences:
                sentences.append(said)
            fault = next(faults, None)
        if first is not None:
            yield Reject(number, first[0], first[1], " ".join(sentences), cells)
        if fault is None:
            return


def _faults(work: Work) -> Iterator[tuple[int, str, str, dict[str, Any]]]:
    """By row and the kind's order of columns, through a cursor: there may be as many as rows."""
    order = [column.name for column in work.kind.columns]
    with connection.cursor() as cursor:
        cursor.execute(
            """DECLARE feed_faults NO SCROLL CURSOR FOR
               SELECT row_number, column_name, code, detail FROM feed_fault
                ORDER BY row_number, array_position(%s::text[], column_name) NULLS FIRST, code""",
            [order],
        )
        found: list[Any] = [None]
        while found:
            cursor.execute(f"FETCH {FAULTS_AT_ONCE} FROM feed_faults")
            found = cursor.fetchall()
            for number, column, code, detail in found:
                yield number, column, code, json.loads(detail)
        cursor.execute("CLOSE feed_faults")


def keep_rejects(work: Work, found: Iterator[Reject]) -> None:
    """Replace the run's rejects. COPY runs on a connection that `found` reads from, so it goes in portions."""
    FeedReject.objects.filter(run_id=work.run_id).delete()
    portion: list[Reject] = []
    for reject in found:
        portion.append(reject)
        if len(portion) >= FAULTS_AT_ONCE:
            _copy(work, portion)
            portion = []
    _copy(work, portion)


def _copy(work: Work, portion: Sequence[Reject]) -> None:
    """By way of a table of the transaction's own: COPY does not write where row security stands."""
    if not portion:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """CREATE TEMP TABLE IF NOT EXISTS feed_reject (run_id bigint, row_number bigint, "column" text, value text,
                                                            sentence text, "row" jsonb) ON COMMIT DROP;
               TRUNCATE feed_reject"""
        )
        with cursor.copy("COPY feed_reject FROM STDIN") as copy:
            for reject in portion:
                cells = [cell.replace("\0", "\N{REPLACEMENT CHARACTER}") for cell in reject.cells]
                value = reject.value.replace("\0", "\N{REPLACEMENT CHARACTER}")
                said = reject.sentence.replace("\0", "\N{REPLACEMENT CHARACTER}")
                copy.write_row((work.run_id, reject.row_number, reject.column[:200], value, said, Jsonb(cells)))
        cursor.execute(
            """INSERT INTO contracts_feedreject (run_id, row_number, "column", value, sentence, "row")
               SELECT run_id, row_number, "column", value, sentence, "row" FROM feed_reject"""
        )
