"""Since when figures of delivery may be other than they were: by the history of what they are counted from."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Max

from baseline.models import Activity
from baseline.queries import sql
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import CoverageSpan, LevelSpan

Marks = Mapping[str, Any]
NOTHING_STANDS = date.min


def marks(contract: Contract) -> Marks:
    """How far history and terms have come. To be trusted only while nobody writes: see `freeze`."""
    return {
        "activity": _last(Activity),
        "coverage": _last(CoverageSpan),
        "level": _last(LevelSpan),
        "versions": _versions(contract),
    }


def changed_from(contract: Contract, since: Marks) -> date | None:
    """The first day whose figures may have changed since the marks; None where nothing has. One query.

    It may name too early a day, never too late a one: `docs/calculations/caseload.md` says what counts.
    """
    if since["versions"] != _versions(contract):
        return NOTHING_STANDS
    [row] = sql.rows("changed_since", {"contract": contract.pk, **since})
    day: date | None = row["day"]
    return day


def _last(model: Any) -> int:
    return int(model.history.aggregate(last=Max("history_id"))["last"] or 0)


def _versions(contract: Contract) -> list[int]:
    return [version.version_id for version in signed_terms(contract.pk).versions]
