"""Runs the set-based SQL of this stage: one query a file in baseline/sql."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.db import connection

FOLDER = Path(__file__).resolve().parent.parent / "sql"


@cache
def text(name: str) -> str:
    """The statement as it stands in its file."""
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def run(name: str, values: Mapping[str, Any]) -> int:
    """Run one file for its effect; the number of rows it wrote."""
    with connection.cursor() as cursor:
        cursor.execute(text(name), values)
        return max(cursor.rowcount, 0)


def rows(name: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run one file for its answer."""
    with connection.cursor() as cursor:
        cursor.execute(text(name), values)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
