"""Statement, ledger and unpaid work in the columns that users script against."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from blended_pilot.kernel.exports import csv_lines
from variance.models import LedgerEntry, Statement
from variance.queries.statements import line_values, lines_of
from variance.queries.unpaid import Unpaid
from variance.rules.statement import plain

STATEMENT = (
    "contract", "cycle", "statement_no", "component", "line_kind", "service_month", "level", "cohort", "geography",
    "service", "quantity", "rate", "amount", "reason",
)  # fmt: skip
LEDGER = (
    "entry_no", "contract", "cycle", "service_month", "component", "line_kind", "member_ref", "level", "cohort",
    "geography", "service", "activity_ref", "quantity", "rate", "amount", "reason", "posted_at",
)  # fmt: skip
UNPAID = (
    "contract", "cycle", "activity_ref", "member_ref", "service", "occurred_on", "quantity", "amount", "code",
    "sentence",
)  # fmt: skip
NUMBERS = {"quantity", "rate", "amount"}
Cells = Sequence[Any]


def statement_cells(statement: Statement) -> Iterator[Cells]:
    head = {
        "contract": statement.contract.code,
        "cycle": f"{statement.cycle.month:%Y-%m}",
        "statement_no": statement.number,
    }
    for line in lines_of(statement.pk).iterator():
        values = {**head, **line_values(line)}
        yield [_number(values[column]) if column in NUMBERS else values[column] for column in STATEMENT]


def ledger_cells(entries: Iterable[LedgerEntry]) -> Iterator[Cells]:
    """`entries` as `queries.ledger.entries` gives them, with `member_ref`."""
    for entry in entries:
        yield (
            entry.entry_no,
            entry.contract.code,
            f"{entry.cycle.month:%Y-%m}",
            f"{entry.service_month:%Y-%m}",
            entry.component,
            entry.line_kind,
            getattr(entry, "member_ref", None) or "",
            entry.level,
            entry.cohort,
            entry.geography,
            entry.service,
            entry.activity.activity_ref if entry.activity else "",
            _number(plain(entry.quantity)),
            _number(plain(entry.rate, 2)),
            _number(plain(entry.amount, 2)),
            entry.reason,
            entry.posted_at.isoformat(),
        )


def unpaid_cells(contract_code: str, unpaid: Iterable[Unpaid]) -> Iterator[Cells]:
    for record in unpaid:
        yield (
            contract_code,
            f"{record.cycle:%Y-%m}",
            record.activity_ref,
            record.member_ref,
            record.service,
            record.occurred_on,
            _number(plain(record.quantity)),
            _number(plain(record.amount, 2)),
            record.code,
            record.sentence,
        )


def write(path: Path, columns: Sequence[str], cells: Iterable[Cells]) -> int:
    """Header and rows into a file, line by line. The number of rows."""
    number = -1
    with path.open("w", encoding="utf-8", newline="") as file:
        for line in csv_lines(columns, cells):
            file.write(line)
            number += 1
    return number


def _number(text: str | None) -> Decimal | None:
    """A decimal that prints with just these digits."""
    return None if text is None else Decimal(text)
