"""What a history table says happened: rows of one object in order become changes, field by field. No Django."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

ADDED, CHANGED, REMOVED = "+", "~", "-"


@dataclass(frozen=True)
class Step:
    """One field that went from one value to another."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """One write of one object. `row` is the object as it stood after it (before it, where it was removed)."""

    object_id: int
    kind: str  # ADDED, CHANGED or REMOVED
    at: datetime
    by_id: int | None
    reason: str
    steps: tuple[Step, ...]
    row: Mapping[str, Any]


def changes(rows: Iterable[Mapping[str, Any]], fields: Sequence[str]) -> Iterator[Change]:
    """Every change of every object in `rows`, which come ordered by ("id", "history_id").

    A row holds the columns of the object and of its history (`history_date`, `history_type`, `history_user_id`,
    `history_change_reason`). Only `fields` are compared; a write that touched none of them is left out.
    """
    for object_id, versions in groupby(rows, key=itemgetter("id")):
        before: Mapping[str, Any] | None = None
        for row in versions:
            kind = row["history_type"]
            steps: tuple[Step, ...] = ()
            if kind == CHANGED and before is not None:
                steps = tuple(Step(name, before[name], row[name]) for name in fields if before[name] != row[name])
            before = row
            if kind == CHANGED and not steps:
                continue
            yield Change(
                object_id=object_id,
                kind=kind,
                at=row["history_date"],
                by_id=row["history_user_id"],
                reason=row["history_change_reason"] or "",
                steps=steps,
                row=row,
            )
