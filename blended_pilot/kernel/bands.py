"""The one primitive behind tiers, corridors and stop-loss: a step function on adjoining bands, and its integral.

    share(x) = the share of the band that x lies in
    money    = ∫ share(u) du between two points

Bands start at 0, adjoin without gap or overlap, and the last one has no end. An edge has no width, so it belongs to
neither side of it; only `reached`, which asks for one band, takes an edge for the band that ends there ("to" is
inclusive). Shares may be negative. Everything is exact Decimal: rounding is the caller's, at the step that the
contract names.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from blended_pilot.kernel.money import ZERO


@dataclass(frozen=True)
class Band:
    """`share` from `starts` to `ends` (None: without end)."""

    starts: Decimal
    ends: Decimal | None
    share: Decimal


@dataclass(frozen=True)
class Slice:
    """What one band contributes: `width` of it was crossed (negative downwards), and `amount` is width times share."""

    band: Band
    width: Decimal
    amount: Decimal


@dataclass(frozen=True)
class Bands:
    """Adjoining bands from 0 up. Raises ValueError, with a sentence for each fault, when they do not fit together."""

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        faults = list(_faults(self.bands))
        if faults:
            raise ValueError("; ".join(faults))

    @classmethod
    def of(cls, bands: Iterable[tuple[Decimal, Decimal | None, Decimal]]) -> "Bands":
        """From (starts, ends, share) triples, in order."""
        return cls(tuple(Band(*band) for band in bands))

    def scaled(self, factor: Decimal) -> "Bands":
        """The same shares with every edge `factor` (more than 0) times as far out: ratios of E become amounts."""
        if factor <= 0:
            raise ValueError(f"bands are scaled by more than 0, not by {factor}")
        return Bands(
            tuple(
                Band(band.starts * factor, None if band.ends is None else band.ends * factor, band.share)
                for band in self.bands
            )
        )

    def slices(self, start: Decimal, end: Decimal) -> tuple[Slice, ...]:
        """The way from `start` to `end` (neither below 0), band by band, bands not crossed left out.

        Downwards (`end` below `start`) widths are negative.
        """
        if min(start, end) < 0:
            raise ValueError(f"bands start at 0: there is nothing at {min(start, end)}")
        low, high, sign = (start, end, 1) if start <= end else (end, start, -1)
        crossed = []
        for band in self.bands:
            top = high if band.ends is None else min(high, band.ends)
            width = sign * (top - max(low, band.starts))
            if width * sign > 0:
                crossed.append(Slice(band, width, width * band.share))
        return tuple(crossed)

    def integral(self, start: Decimal, end: Decimal) -> Decimal:
        """∫ share(u) du from `start` to `end`; the other way round it is the negative."""
        return sum((each.amount for each in self.slices(start, end)), ZERO)

    def reached(self, total: Decimal) -> Band:
        """The band that `total` reaches: the last one that it goes beyond the start of (0 reaches the first)."""
        if total < 0:
            raise ValueError(f"bands start at 0: there is nothing at {total}")
        for band in self.bands:
            if band.ends is None or total <= band.ends:
                return band
        raise AssertionError("the last band has no end")


def _faults(bands: tuple[Band, ...]) -> Iterable[str]:
    if not bands:
        yield "there is no band"
        return
    if bands[0].starts != 0:
        yield f"the first band starts at {bands[0].starts}, not at 0"
    for band, following in pairwise(bands):
        if band.ends is None:
            yield f"the band from {band.starts} has no end and is not the last"
        elif following.starts > band.ends:
            yield f"between {band.ends} and {following.starts} there is a gap"
        elif following.starts < band.ends:
            yield f"from {following.starts} to {band.ends} two bands overlap"
    for band in bands:
        if band.ends is not None and band.ends <= band.starts:
            yield f"the band from {band.starts} ends at {band.ends}"
    if bands[-1].ends is not None:
        yield f"the last band ends at {bands[-1].ends}; it must be without end"


@dataclass(frozen=True)
class Working:
    """Money worked out through bands. `amount` is not rounded; `uncut` is what it was before the limits."""

    slices: tuple[Slice, ...]
    uncut: Decimal
    amount: Decimal


def against_plan(
    ratios: Bands,
    *,
    expected: Decimal,
    actual: Decimal,
    price: Decimal,
    floor: Decimal | None = None,
    cap: Decimal | None = None,
) -> Working:
    """`price * ∫ from expected to actual of share(u / expected) du`, kept between `floor` and `cap`.

    Positive above plan where shares are positive, negative below. Raises ValueError for an expected of 0 or less: the
    caller reports that as an exception of the cycle.
    """
    slices = ratios.scaled(expected).slices(expected, actual)
    uncut = price * sum((each.amount for each in slices), ZERO)
    amount = uncut if floor is None else max(uncut, floor)
    amount = amount if cap is None else min(amount, cap)
    return Working(slices, uncut, amount)


def up_to(bands: Bands, *, cost: Decimal, limit: Decimal | None = None) -> Working:
    """`∫ from 0 to cost of share(u) du`, never more than `limit` (stop-loss; shares of a saving or a loss)."""
    slices = bands.slices(ZERO, cost)
    uncut = sum((each.amount for each in slices), ZERO)
    return Working(slices, uncut, uncut if limit is None else min(uncut, limit))


def marginal(prices: Bands, *, units: Decimal, before: Decimal = ZERO) -> Working:
    """Price `units` that come after `before` earlier ones, each at the tier it falls in (share = unit price)."""
    slices = prices.slices(before, before + units)
    amount = sum((each.amount for each in slices), ZERO)
    return Working(slices, amount, amount)


def cliff(prices: Bands, *, units: Decimal) -> Working:
    """Price all `units` at the tier that their total reaches."""
    band = prices.reached(units)
    amount = units * band.share
    return Working((Slice(band, units, amount),) if units else (), amount, amount)
