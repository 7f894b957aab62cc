"""One file on its way in: staged in temporary tables, judged there by SQL, row faults kept beside.

Temporary tables, because a file is always checked and applied in one transaction: what was previewed earlier is
judged anew against the facts of the moment. They leave no write-ahead log, need no cleaning up and vanish with a killed
worker.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from django.db import connection
from psycopg.types.json import Jsonb

from blended_pilot.kernel.periods import DAY
from contracts.models import Contract
from contracts.operations.feeds.kinds import STAGED_AS, Fault, FeedKind, Type
from contracts.queries.terms import SignedTerms


@dataclass(frozen=True)
class Batch:
    """Some rows as lines of COPY text (row number and the present columns, in their order), and the faulty ones."""

    lines: Sequence[str]
    faults: Sequence[tuple[Fault, str | None]]  # with the row's subject, where it could be read
    read: int  # rows read so far, faulty ones included


class Source(Protocol):
    """A file that was opened and whose header was accepted (`contracts.imports`)."""

    @property
    def kind(self) -> FeedKind: ...
    @property
    def header(self) -> Sequence[str]: ...
    @property
    def ignored(self) -> Sequence[str]: ...
    @property
    def file_name(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def size(self) -> int: ...
    @property
    def mapping(self) -> dict[str, Any]: ...
    @property
    def present(self) -> frozenset[str]:
        """Columns of the kind that the file or its mapping fills."""
        ...

    def batches(self, *, zone: ZoneInfo) -> Iterator[Batch]: ...

    def cells(self) -> Iterator[tuple[int, Sequence[str]]]:
        """(row number, cells as they stand in the file), once more from the beginning."""
        ...

    def cell(self, column: str, cells: Sequence[str]) -> tuple[str, str]:
        """(the file's own name of the column, its cell) for a column of the kind."""
        ...


@dataclass(frozen=True)
class Work:
    """What judging and merging one file needs to know. `run` executes SQL with these figures at hand by name."""

    kind: FeedKind
    contract: Contract
    terms: SignedTerms
    present: frozenset[str]
    today: date  # in the contract's timezone
    now: datetime
    run_id: int | None = None

    def run(self, sql: str, **more: Any) -> int:
        """Rows touched."""
        with connection.cursor() as cursor:
            cursor.execute(sql, self._figures() | more)
            return int(cursor.rowcount)

    def rows(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(sql, self._figures() | more)
            return list(cursor.fetchall())

    def _figures(self) -> dict[str, Any]:
        return {
            "contract": self.contract.pk,
            "organisation": self.contract.provider_id,
            "run": self.run_id,
            "today": self.today,
        } | {f"has_{column.name}": column.name in self.present for column in self.kind.columns}


def stage(work: Work) -> None:
    """Empty temporary tables for the rows, their faults and the codes of the terms."""
    columns = ", ".join(f"{name} {kind}" for name, kind in staged_columns(work.kind))
    # the planner needs to know how many rows there are and little else; a finer look would take as long as a check
    work.run("SET LOCAL default_statistics_target = 5")
    work.run("DROP TABLE IF EXISTS feed_stage, feed_fault, feed_term, feed_good")
    work.run(f"CREATE TEMP TABLE feed_stage (row_number bigint NOT NULL, {columns}) ON COMMIT DROP")
    work.run(
        """CREATE TEMP TABLE feed_fault (row_number bigint NOT NULL, column_name text NOT NULL, code text NOT NULL,
                                        detail jsonb NOT NULL DEFAULT '{}', subject text) ON COMMIT DROP"""
    )


def staged_columns(kind: FeedKind) -> Iterator[tuple[str, str]]:
    """(name, type) of the staging table, in the order of the kind's columns."""
    for column in kind.columns:
        yield column.staged, STAGED_AS[column.type]
        if column.type is Type.MOMENT:
            yield f"{column.staged}_at", "timestamptz"


def copy_in(work: Work, batch: Batch) -> None:
    names = ["row_number"]
    for column in work.kind.columns:
        if column.name in work.present:
            names += [column.staged, f"{column.staged}_at"] if column.type is Type.MOMENT else [column.staged]
    with connection.cursor() as cursor:
        if batch.lines:
            with cursor.copy(f"COPY feed_stage ({', '.join(names)}) FROM STDIN") as copy:
                copy.write("".join(batch.lines))
        if batch.faults:
            with cursor.copy("COPY feed_fault (row_number, column_name, code, detail, subject) FROM STDIN") as copy:
                for fault, subject in batch.faults:
                    copy.write_row((fault.row_number, fault.column, fault.code, Jsonb(dict(fault.detail)), subject))


def state_terms(work: Work, codes: Iterable[tuple[str, str, date, date | None, bool, list[str]]]) -> None:
    """A table of what the signed terms declare: (what, code, from, before, as_billed, criteria)."""
    work.run(
        """CREATE TEMP TABLE feed_term (what text, code text, starts_on date, ends_before date, as_billed boolean,
                                       criteria text[]) ON COMMIT DROP"""
    )
    with connection.cursor() as cursor, cursor.copy("COPY feed_term FROM STDIN") as copy:
        copy.set_types(["text", "text", "date", "date", "bool", "text[]"])
        for row in codes:
            copy.write_row(row)
    work.run("ANALYZE feed_term")


def governed(terms: SignedTerms) -> Iterator[tuple[Any, date, date | None]]:
    """(version, from, before): which version governs which days.

    Days before the first version has come into force are read by the version that governs its first day.
    """
    starts = sorted({version.in_force_from for version in terms.versions})
    for index, start in enumerate(starts):
        version = terms.on(start)
        before = starts[index + 1] if index + 1 < len(starts) else None
        yield version, (date.min if index == 0 else start), before


def terms_on(terms: SignedTerms, day: date) -> Any:
    """The version by which the codes of a day are read: see `governed`."""
    return terms.on(day) or terms.on(min(version.in_force_from for version in terms.versions))


def keep_good(work: Work) -> None:
    """Everything staged that has no fault, as `feed_good`; rows of one subject stand or fall together."""
    if work.kind.subject:
        subject = work.kind.column(work.kind.subject).staged  # type: ignore[union-attr]
        work.run(
            f"""INSERT INTO feed_fault (row_number, column_name, code, detail, subject)
                SELECT s.row_number, %(column)s, 'other_row_rejected', jsonb_build_object('row', f.first), f.subject
                  FROM feed_stage s
                  JOIN (SELECT subject, min(row_number) AS first FROM feed_fault WHERE subject IS NOT NULL
                         GROUP BY subject) f ON f.subject = s.{subject}
                 WHERE NOT EXISTS (SELECT FROM feed_fault own WHERE own.row_number = s.row_number)""",
            column=work.kind.subject,
        )
    work.run("ANALYZE feed_fault")
    work.run(
        """CREATE TEMP TABLE feed_good ON COMMIT DROP AS
            SELECT s.* FROM feed_stage s
             WHERE NOT EXISTS (SELECT FROM feed_fault f WHERE f.row_number = s.row_number)"""
    )
    work.run("ANALYZE feed_good")


def last_day(ends_before: date | None) -> date | None:
    """Half-open to inclusive, as files and screens say it."""
    return ends_before - DAY if ends_before else None
