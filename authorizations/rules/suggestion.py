"""The level that a score suggests, and how: the band it falls into, then the flags that lift it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Band:
    """Scores from `from_` to `to`, both included, suggest `level`."""

    from_: int
    to: int
    level: str


@dataclass(frozen=True)
class Override:
    """With flag `when` raised the suggestion is at least `at_least`, whatever the score."""

    when: str
    at_least: str


@dataclass(frozen=True)
class Lift:
    """A raised flag: from which level to which. The same on both sides where the score was that high already."""

    flag: str
    at_least: str
    before: str
    after: str


@dataclass(frozen=True)
class Suggestion:
    """`band` is where the score falls, `lifts` what each raised flag did, in the order of the terms."""

    score: int
    band: Band
    lifts: tuple[Lift, ...]
    level: str

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "band": {"from": self.band.from_, "to": self.band.to, "level": self.band.level}}


class OutOfRange(ValueError):
    """No band of the instrument holds the score."""


def suggested(
    *,
    score: int,
    flags: Collection[str],
    bands: Sequence[Band],
    overrides: Sequence[Override],
    ranks: Mapping[str, int],
) -> Suggestion:
    """The suggested level with its working. Edges belong to the band on both sides. Raises OutOfRange."""
    band = next((one for one in bands if one.from_ <= score <= one.to), None)
    if band is None:
        raise OutOfRange(score)
    level = band.level
    lifts = []
    for override in overrides:
        if override.when in flags:
            lifted = max(level, override.at_least, key=lambda code: ranks[code])
            lifts.append(Lift(override.when, override.at_least, level, lifted))
            level = lifted
    return Suggestion(score=score, band=band, lifts=tuple(lifts), level=level)
