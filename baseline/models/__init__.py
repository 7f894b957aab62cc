"""What was delivered and looked at a second time, what is still to be done, what weeks showed, and what went wrong."""

from baseline.models.activity import Activity, Present
from baseline.models.events import Event, EventKind, Severity
from baseline.models.follow_ups import FollowUp, FollowUpCause, FollowUpStatus
from baseline.models.included import BoundaryReading
from baseline.models.reviews import (
    ActionStatus,
    CaseloadReview,
    ReviewAction,
    ReviewNote,
    ReviewSignature,
    SignedPart,
)
from baseline.models.verification import BatchStatus, VerificationBatch, VerificationItem

__all__ = [
    "ActionStatus",
    "Activity",
    "BatchStatus",
    "BoundaryReading",
    "CaseloadReview",
    "Event",
    "EventKind",
    "FollowUp",
    "FollowUpCause",
    "FollowUpStatus",
    "Present",
    "ReviewAction",
    "ReviewNote",
    "ReviewSignature",
    "Severity",
    "SignedPart",
    "VerificationBatch",
    "VerificationItem",
]
