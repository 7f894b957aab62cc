"""Who is in: members and their time in the pilot, how they came in, and the files that prove it."""

from eligibility.models.departures import Departure, DepartureKind, MemberMerge
from eligibility.models.determinations import (
    Answer,
    AnswerChoice,
    AnswerEvidence,
    Determination,
    DeterminationStatus,
    Outcome,
)
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
from eligibility.models.referrals import Referral, Urgency

__all__ = [
    "Answer",
    "AnswerChoice",
    "AnswerEvidence",
    "Assignment",
    "AssignmentKind",
    "CoverageSpan",
    "Departure",
    "DepartureKind",
    "Determination",
    "DeterminationStatus",
    "Evidence",
    "LevelSpan",
    "Member",
    "MemberMerge",
    "Outcome",
    "Practitioner",
    "Referral",
    "Source",
    "Team",
    "Urgency",
]
