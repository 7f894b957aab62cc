"""Who is in: members and their time in the pilot, how they came in, and the files that prove it."""

from eligibility.models.evidence import Evidence
from eligibility.models.members import (
    Assignment,
    AssignmentKind,
    CoverageSpan,
    LevelSpan,
    Member,
    Practitioner,
    Source,
    Team,
)

__all__ = [
    "Assignment",
    "AssignmentKind",
    "CoverageSpan",
    "Evidence",
    "LevelSpan",
    "Member",
    "Practitioner",
    "Source",
    "Team",
]
