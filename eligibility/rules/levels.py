"""Which level a covered day counts at: the decided one, else the provisional or the lapsed one of the terms."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

Origin = Literal["decided", "provisional", "lapsed"]


@dataclass(frozen=True)
class Period:
    """[starts_on, ends_before) with an open end as None."""

    starts_on: date
    ends_before: date | None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_before is None or day < self.ends_before)


@dataclass(frozen=True)
class Decided(Period):
    level: str


@dataclass(frozen=True)
class Counted(Period):
    """A stretch of time at one level. `level` is None where the terms name none: an exception on the cycle."""

    level: str | None
    origin: Origin


class Spanning(Protocol):
    """Anything that lasts [starts_on, ends_before)."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_before(self) -> date | None: ...


def unbroken_since(spans: Sequence[Spanning]) -> date:
    """The first day of the unbroken cover that ends in the last of `spans` (in order; at least one)."""
    since = spans[-1].starts_on
    for span in reversed(spans[:-1]):
        if span.ends_before != since:
            break
        since = span.starts_on
    return since


def level_in_force(
    day: date, decided: Iterable[Decided], *, provisional: str | None, lapsed: str | None
) -> tuple[str | None, Origin]:
    """The level at which a covered day counts. Before the first decided span provisional, after a span's end lapsed."""
    ended = False
    for span in decided:
        if span.holds(day):
            return span.level, "decided"
        ended = ended or span.starts_on <= day
    return (lapsed, "lapsed") if ended else (provisional, "provisional")


def care_level(day: date, decided: Iterable[Decided], *, provisional: str | None) -> str | None:
    """The level at which a member is cared for on a day: the one decided last, also after its end."""
    begun = [span for span in decided if span.starts_on <= day]
    return max(begun, key=lambda span: span.starts_on).level if begun else provisional


def counted(
    coverage: Sequence[Period], decided: Sequence[Decided], *, provisional: str | None, lapsed: str | None
) -> list[Counted]:
    """The decided spans whole, and the covered days between and beside them at the level that the terms give them."""
    stretches = [Counted(span.starts_on, span.ends_before, span.level, "decided") for span in decided]
    for covered in coverage:
        stretches += _undecided(covered, decided, provisional, lapsed)
    return sorted(stretches, key=lambda stretch: stretch.starts_on)


def _undecided(
    covered: Period, decided: Sequence[Decided], provisional: str | None, lapsed: str | None
) -> Iterable[Counted]:
    """The parts of one coverage that no decided span holds."""
    day = covered.starts_on
    for span in sorted(decided, key=lambda one: one.starts_on):
        if covered.ends_before is not None and span.starts_on >= covered.ends_before:
            break
        if span.starts_on > day:
            level, origin = level_in_force(day, decided, provisional=provisional, lapsed=lapsed)
            yield Counted(day, span.starts_on, level, origin)
        if span.ends_before is None:
            return
        day = max(day, span.ends_before)
    if covered.ends_before is None or day < covered.ends_before:
        level, origin = level_in_force(day, decided, provisional=provisional, lapsed=lapsed)
        yield Counted(day, covered.ends_before, level, origin)


def free_days(starts_on: date, ends_before: date | None, taken: Iterable[Spanning]) -> list[tuple[date, date | None]]:
    """[starts_on, ends_before) without the days of `taken` (in order, not overlapping)."""
    free: list[tuple[date, date | None]] = []
    place: date | None = starts_on
    for span in taken:
        if place is None or (ends_before is not None and span.starts_on >= ends_before):
            break
        if span.ends_before is not None and span.ends_before <= place:
            continue
        if span.starts_on > place:
            free.append((place, span.starts_on))
        place = span.ends_before
    if place is not None and (ends_before is None or place < ends_before):
        free.append((place, ends_before))
    return free
