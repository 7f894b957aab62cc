"""The worlds of members serve delivered work as well."""

from tests.eligibility.conftest import intake, ours, supervisor, theirs

__all__ = ["intake", "ours", "supervisor", "theirs"]
