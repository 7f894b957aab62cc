"""The words that a contract's terms have for their codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.queries.terms import SignedTerms


@dataclass(frozen=True)
class Codes:
    """The names that a contract's terms give to codes; an unknown code is its own name."""

    cohorts: Mapping[str, str]
    geographies: Mapping[str, str]
    levels: Mapping[str, str]
    ranks: Mapping[str, int]


def codes(terms: SignedTerms) -> Codes:
    """Names from every signed version, the latest last: a code that was dropped keeps its name on old spans."""
    cohorts: dict[str, str] = {}
    geographies: dict[str, str] = {}
    levels: dict[str, str] = {}
    ranks: dict[str, int] = {}
    for version in terms.versions:
        document = version.document
        cohorts |= {one.code: one.name for one in document.cohorts}
        geographies |= {one.code: one.name for one in document.geographies}
        levels |= {one.code: one.name for one in document.levels}
        ranks |= {one.code: place for place, one in enumerate(sorted(document.levels, key=lambda one: one.rank), 1)}
    return Codes(cohorts, geographies, levels, ranks)
