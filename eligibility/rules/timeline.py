"""Where spans stand on a drawn timeline: shares of its width in percent. The page draws; this only measures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from blended_pilot.kernel.periods import DAY, add_months, first_of_month, months_between, next_month

SHORTEST_MONTHS = 3  # a member of yesterday still gets a legible scale
MOST_TICKS = 6
LATE = 85  # percent of the width
NARROW = 14
STEPS = (1, 2, 3, 6, 12, 24, 60, 120)  # months between two ticks

LABEL_HEIGHT = 18
LANE_HEIGHT = 52
FOOT_HEIGHT = 22


@dataclass(frozen=True)
class Stretch:
    """Something that lasts [starts_on, ends_before). `tone` names its colour, `title` says it in words.

    `short` stands in a bar that is too narrow for `label`; without it the label is cut off.
    """

    starts_on: date
    ends_before: date | None
    label: str
    tone: str
    title: str
    short: str = ""


@dataclass(frozen=True)
class Bar:
    """`x` and `width` in percent of the timeline. `open` marks a bar that goes on past the right edge."""

    x: str
    width: str
    label: str
    tone: str
    title: str
    open: bool


@dataclass(frozen=True)
class Lane:
    """One row of bars; `y` and `bar_y` in pixels from the top."""

    label: str
    y: int
    bars: tuple[Bar, ...]

    @property
    def bar_y(self) -> int:
        return self.y + LABEL_HEIGHT


@dataclass(frozen=True)
class Tick:
    """A first of month. `late` ones stand so far right that their label goes to the left of them."""

    x: str
    month: date
    late: bool


@dataclass(frozen=True)
class Timeline:
    """Lanes over one scale of months. `height` and `foot` in pixels, everything across in percent."""

    first: date
    before: date
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    today: str | None
    height: int

    @property
    def foot(self) -> int:
        return self.height - FOOT_HEIGHT


def drawn(lanes: Sequence[tuple[str, Sequence[Stretch]]], *, today: date) -> Timeline | None:
    """The lanes on a scale of whole months that holds every span and today; None when there is nothing to draw."""
    stretches = [stretch for _label, of_lane in lanes for stretch in of_lane]
    if not stretches:
        return None
    first = first_of_month(min(stretch.starts_on for stretch in stretches))
    latest = max([today, *(_last_day(stretch) for stretch in stretches)])
    before = max(next_month(latest), add_months(first, SHORTEST_MONTHS))
    scale = _Scale(first, before)
    return Timeline(
        first=first,
        before=before,
        lanes=tuple(
            Lane(label, index * LANE_HEIGHT, tuple(scale.bars(of_lane))) for index, (label, of_lane) in enumerate(lanes)
        ),
        ticks=tuple(Tick(scale.at(month), month, scale.share(month) > LATE) for month in _months(first, before)),
        today=scale.at(today) if first <= today < before else None,
        height=len(lanes) * LANE_HEIGHT + FOOT_HEIGHT,
    )


def _last_day(stretch: Stretch) -> date:
    return stretch.starts_on if stretch.ends_before is None else stretch.ends_before - DAY


def _months(first: date, before: date) -> Iterable[date]:
    """Firsts of month, so far apart that no more than MOST_TICKS stand."""
    months = months_between(first, before)
    apart = next((step for step in STEPS if months <= step * MOST_TICKS), months)
    return [add_months(first, offset) for offset in range(0, months, apart)]


class _Scale:
    def __init__(self, first: date, before: date) -> None:
        self._first, self._before = first, before
        self._days = (before - first).days

    def share(self, day: date) -> float:
        return 100 * (min(max(day, self._first), self._before) - self._first).days / self._days

    def at(self, day: date) -> str:
        return f"{self.share(day):.3f}%"

    def bars(self, stretches: Sequence[Stretch]) -> Iterable[Bar]:
        for stretch in stretches:
            width = self.share(stretch.ends_before or self._before) - self.share(stretch.starts_on)
            yield Bar(
                x=self.at(stretch.starts_on),
                width=f"{width:.3f}%",
                label=stretch.short if stretch.short and width < NARROW else stretch.label,
                tone=stretch.tone,
                title=stretch.title,
                open=stretch.ends_before is None,
            )
