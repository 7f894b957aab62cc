"""The lists of this stage."""

from eligibility.tables.members import (
    CaseloadTable,
    MemberTable,
    PractitionerTable,
    SeenTable,
    TeamTable,
    drawn_records,
    member_link,
)

__all__ = [
    "CaseloadTable",
    "MemberTable",
    "PractitionerTable",
    "SeenTable",
    "TeamTable",
    "drawn_records",
    "member_link",
]
