"""The lists of this stage, one module for each noun."""

from authorizations.tables.episodes import DrawingTable, EpisodeTable
from authorizations.tables.register import RegisterTable
from authorizations.tables.requests import (
    STATUS_TONES,
    LevelTable,
    MissedTable,
    QueueTable,
    RequestTable,
    SecondLookTable,
    asked_for,
    due_badge,
)

__all__ = [
    "STATUS_TONES",
    "DrawingTable",
    "EpisodeTable",
    "LevelTable",
    "MissedTable",
    "QueueTable",
    "RegisterTable",
    "RequestTable",
    "SecondLookTable",
    "asked_for",
    "due_badge",
]
