"""The words that a contract's terms have for their codes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.queries.terms import SignedTerms, signed_terms_of


@dataclass(frozen=True)
class Codes:
    """The names that a contract's terms give to codes; an unknown code is its own name."""

    cohorts: Mapping[str, str]
    geographies: Mapping[str, str]
    levels: Mapping[str, str]
    services: Mapping[str, str]
    ranks: Mapping[str, int]


def codes(terms: SignedTerms) -> Codes:
    """Names from every signed version, the latest last: a code that was dropped keeps its name on old spans."""
    cohorts: dict[str, str] = {}
    geographies: dict[str, str] = {}
    levels: dict[str, str] = {}
    services: dict[str, str] = {}
    ranks: dict[str, int] = {}
    for version in terms.versions:
        document = version.document
        cohorts |= {one.code: one.name for one in document.cohorts}
        geographies |= {one.code: one.name for one in document.geographies}
        levels |= {one.code: one.name for one in document.levels}
        services |= {one.code: one.name for one in document.services}
        ranks |= {one.code: place for place, one in enumerate(sorted(document.levels, key=lambda one: one.rank), 1)}
    return Codes(cohorts, geographies, levels, services, ranks)


def codes_of(contract_ids: Iterable[int]) -> dict[int, Codes]:
    """The names of several contracts, by contract, in one query."""
    return {contract_id: codes(terms) for contract_id, terms in signed_terms_of(contract_ids).items()}


def choices(known: Iterable[Codes], of: str) -> list[tuple[str, Any]]:
    """Code and name of every cohort, geography, level or service (`of`, a field of Codes), by name, to choose from.

    Levels are offered by code and name: people say "L2".
    """
    names: dict[str, str] = {}
    for one in known:
        names |= getattr(one, of)
    if of == "levels":
        return sorted((code, f"{code} {name}") for code, name in names.items())
    return sorted(names.items(), key=lambda pair: pair[1])
