"""The lists of this stage."""

from baseline.tables.activity import KINDS, NUMBER, ActivityTable, MemberActivityTable

__all__ = ["KINDS", "NUMBER", "ActivityTable", "MemberActivityTable"]
