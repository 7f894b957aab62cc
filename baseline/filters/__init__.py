"""What the lists of this stage can be narrowed by."""

from baseline.filters.activity import ActivityFilter

__all__ = ["ActivityFilter"]
