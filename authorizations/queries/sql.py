"""Runs the set-based SQL of this stage: one query a file in authorizations/sql."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import QuerySet

FOLDER = Path(__file__).resolve().parent.parent / "sql"


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def run(name: str, values: Mapping[str, Any]) -> int:
    """Run one file for its effect; the number of rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(_text(name), values)
        return max(cursor.rowcount, 0)


def rows(name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one file for its answer."""
    return _answer(_text(name), values)


def rows_over(name: str, entries: QuerySet[Any]) -> list[dict[str, Any]]:
    """Run one file for its answer; its table `entry` are the rows of a query. Such a file holds no percent sign."""
    query, values = entries.query.sql_with_params()
    return _answer(f"WITH entry AS ({query})\n{_text(name)}", values)


def _answer(text: str, values: Mapping[str, Any] | Sequence[Any]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
