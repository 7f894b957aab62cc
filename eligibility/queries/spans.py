"""Coverage and level of members over time, as values. Money's SQL reads the tables themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from eligibility.models import CoverageSpan, LevelSpan


@dataclass(frozen=True)
class Coverage:
    """Covered for [starts_on, ends_before); an open end is None."""

    member_id: int
    contract_id: int
    cohort: str
    geography: str
    starts_on: date
    ends_before: date | None


@dataclass(frozen=True)
class Level:
    """At a decided level for [starts_on, ends_before); an open end is None."""

    member_id: int
    contract_id: int
    level: str
    starts_on: date
    ends_before: date | None


@dataclass(frozen=True)
class Spans:
    """One member's time in one contract, in order."""

    coverage: tuple[Coverage, ...]
    levels: tuple[Level, ...]


COVERAGE = ("member_id", "contract_id", "cohort", "geography", "starts_on", "ends_before")
LEVEL = ("member_id", "contract_id", "level", "starts_on", "ends_before")


def spans(member_id: int, contract_id: int) -> Spans:
    """Everything recorded of one member in one contract, earliest first."""
    of_member = {"member_id": member_id, "contract_id": contract_id}
    return Spans(
        coverage=tuple(
            Coverage(*row)
            for row in CoverageSpan.objects.filter(**of_member).order_by("starts_on").values_list(*COVERAGE)
        ),
        levels=tuple(
            Level(*row) for row in LevelSpan.objects.filter(**of_member).order_by("starts_on").values_list(*LEVEL)
        ),
    )


def coverage_on(contract_id: int, member_ids: Iterable[int], day: date) -> dict[int, Coverage]:
    """The coverage of each member on a day; members who are not covered then are left out."""
    rows = CoverageSpan.objects.on(day).filter(contract_id=contract_id, member_id__in=set(member_ids))
    return {row[0]: Coverage(*row) for row in rows.values_list(*COVERAGE)}


def level_on(contract_id: int, member_ids: Iterable[int], day: date) -> dict[int, Level]:
    """The decided level of each member on a day. Who is left out counts at the provisional or the lapsed level."""
    rows = LevelSpan.objects.on(day).filter(contract_id=contract_id, member_id__in=set(member_ids))
    return {row[0]: Level(*row) for row in rows.values_list(*LEVEL)}
