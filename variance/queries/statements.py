"""Issued statements and their lines."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from blended_pilot.kernel.money import rounded
from variance.models import Statement, StatementLine
from variance.rules.statement import content_hash, plain

SHOWN_PLACES = 6  # of a statement line's quantity


def lines_of(statement_id: int) -> QuerySet[StatementLine]:
    return StatementLine.objects.filter(statement_id=statement_id).order_by("position")


def copied_lines(statement_id: int) -> Iterator[dict[str, Any]]:
    """The lines as the content hash takes them: every column but keys, numbers as exact text."""
    for line in lines_of(statement_id).iterator():
        yield {
            "position": line.position,
            "component": line.component,
            "line_kind": line.line_kind,
            "service_month": f"{line.service_month:%Y-%m}",
            "level": line.level,
            "cohort": line.cohort,
            "geography": line.geography,
            "service": line.service,
            "quantity": plain(line.quantity),
            "rate": plain(line.rate),
            "amount": plain(line.amount),
            "reason": line.reason,
        }


def line_values(line: StatementLine) -> dict[str, Any]:
    """A line as files and JSON show it: numbers as text, amounts with the decimals they were rounded to."""
    return {
        "component": line.component,
        "line_kind": line.line_kind,
        "service_month": f"{line.service_month:%Y-%m}",
        "level": line.level,
        "cohort": line.cohort,
        "geography": line.geography,
        "service": line.service,
        "quantity": plain(rounded(line.quantity, SHOWN_PLACES)),
        "rate": plain(line.rate, 2),
        "amount": plain(line.amount, line.places),
        "reason": line.reason,
    }


def hash_of(statement: Statement) -> str:
    """The content hash as the stored rows give it now."""
    return content_hash(statement.heading, statement.total, copied_lines(statement.pk))
