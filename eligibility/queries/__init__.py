"""Reads for screens and later stages."""

from eligibility.queries.identities import Shown, identity, identity_of, shown_reference
from eligibility.queries.spans import Coverage, Level, Spans, coverage_on, level_on, spans

__all__ = [
    "Coverage",
    "Level",
    "Shown",
    "Spans",
    "coverage_on",
    "identity",
    "identity_of",
    "level_on",
    "shown_reference",
    "spans",
]
