"""What was delivered, who looked at it a second time, what is still to be done, and who has read what is included."""

from baseline.models.activity import Activity, Present
from baseline.models.follow_ups import FollowUp, FollowUpCause, FollowUpStatus
from baseline.models.included import BoundaryReading
from baseline.models.verification import BatchStatus, VerificationBatch, VerificationItem

__all__ = [
    "Activity",
    "BatchStatus",
    "BoundaryReading",
    "FollowUp",
    "FollowUpCause",
    "FollowUpStatus",
    "Present",
    "VerificationBatch",
    "VerificationItem",
]
