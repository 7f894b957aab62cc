"""What was delivered, and what is still to be done."""

from baseline.models.activity import Activity
from baseline.models.follow_ups import FollowUp, FollowUpCause, FollowUpStatus

__all__ = ["Activity", "FollowUp", "FollowUpCause", "FollowUpStatus"]
