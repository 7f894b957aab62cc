"""What people type on the pages of this stage; parsed here, decided by the operations."""

from eligibility.forms.members import (
    AddCoverageForm,
    AssignForm,
    CoverForm,
    DatesForm,
    EndForm,
    GroupForm,
    HandOverForm,
    NewPractitionerForm,
    NewTeamForm,
    PractitionerForm,
    RevealForm,
    TeamForm,
    WithdrawForm,
    day_field,
    reason_field,
)

__all__ = [
    "AddCoverageForm",
    "AssignForm",
    "CoverForm",
    "DatesForm",
    "EndForm",
    "GroupForm",
    "HandOverForm",
    "NewPractitionerForm",
    "NewTeamForm",
    "PractitionerForm",
    "RevealForm",
    "TeamForm",
    "WithdrawForm",
    "day_field",
    "reason_field",
]
