"""What it cost: cycles with their previews, and the ledger that they post to."""

from variance.models.choices import (
    ACCEPTED,
    Component,
    CycleStatus,
    ExceptionCode,
    LineKind,
    OutcomeCode,
    Reason,
)
from variance.models.counts import MonthCount
from variance.models.cycles import Cycle, CycleException, GateResult, PreviewLine, PreviewOutcome
from variance.models.ledger import ActivityOutcome, LedgerEntry, Statement, StatementLine

__all__ = [
    "ACCEPTED",
    "ActivityOutcome",
    "Component",
    "Cycle",
    "CycleException",
    "CycleStatus",
    "ExceptionCode",
    "GateResult",
    "LedgerEntry",
    "LineKind",
    "MonthCount",
    "OutcomeCode",
    "PreviewLine",
    "PreviewOutcome",
    "Reason",
    "Statement",
    "StatementLine",
]
