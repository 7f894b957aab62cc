"""What was decided: assessments, requests and their questions, the register of decisions, episodes."""

from authorizations.models.assessments import Assessment, AssessmentEvidence
from authorizations.models.decisions import Decision, EntryKind, Outcome
from authorizations.models.episodes import Episode
from authorizations.models.missed import MissedEscalation
from authorizations.models.requests import (
    ConflictDeclared,
    Question,
    Request,
    RequestEvidence,
    RequestKind,
    Status,
    Urgency,
)
from authorizations.models.seals import Seal
from authorizations.models.second_looks import LookedOutcome, SecondLook, SecondLookRound

__all__ = [
    "Assessment",
    "AssessmentEvidence",
    "ConflictDeclared",
    "Decision",
    "EntryKind",
    "Episode",
    "LookedOutcome",
    "MissedEscalation",
    "Outcome",
    "Question",
    "Request",
    "RequestEvidence",
    "RequestKind",
    "Seal",
    "SecondLook",
    "SecondLookRound",
    "Status",
    "Urgency",
]
