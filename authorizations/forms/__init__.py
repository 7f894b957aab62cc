"""What people type about assessments, requests and decisions; parsed here, judged by the operations."""

from authorizations.forms.assessments import AssessmentForm, CorrectAssessmentForm
from authorizations.forms.register import EndEarlyForm, SupersedeForm
from authorizations.forms.requests import (
    LEVEL_KINDS,
    OUTCOME_TONES,
    AnswerForm,
    AssignForm,
    ConflictForm,
    RequestForm,
    SecondLookForm,
    SetAsideForm,
    VerdictForm,
    first_verdict,
    initial_of,
    reason_words,
)

__all__ = [
    "LEVEL_KINDS",
    "OUTCOME_TONES",
    "AnswerForm",
    "AssessmentForm",
    "AssignForm",
    "ConflictForm",
    "CorrectAssessmentForm",
    "EndEarlyForm",
    "RequestForm",
    "SecondLookForm",
    "SetAsideForm",
    "SupersedeForm",
    "VerdictForm",
    "first_verdict",
    "initial_of",
    "reason_words",
]
