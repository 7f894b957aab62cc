"""What a version is called on a day.

    draft → (one signature) → signed → not yet in force → in force → superseded
      ↓            ↓
    withdrawn  withdrawn

Only `draft`, `signed` and `withdrawn` are stored; the rest follows from signatures, dates and the other versions.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    DRAFT = "draft"
    SIGNED_BY_ONE = "signed_by_one"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class VersionFacts:
    """What a state is judged by."""

    number: int
    status: str
    in_force_from: date
    signatures: int
    term_to: date


def governing(versions: Iterable[VersionFacts], day: date) -> VersionFacts | None:
    """The highest-numbered signed version in force from `day` or earlier."""
    candidates = [version for version in versions if version.status == "signed" and version.in_force_from <= day]
    return max(candidates, key=lambda version: version.number, default=None)


def state(version: VersionFacts, versions: Iterable[VersionFacts], today: date) -> State:
    """The state of `version` among all `versions` of its contract."""
    if version.status == "withdrawn":
        return State.WITHDRAWN
    if version.status == "draft":
        return State.SIGNED_BY_ONE if version.signatures else State.DRAFT
    if version.in_force_from > today:
        return State.NOT_YET_IN_FORCE
    if governing(versions, today) != version:
        return State.SUPERSEDED
    return State.ENDED if version.term_to < today else State.IN_FORCE
