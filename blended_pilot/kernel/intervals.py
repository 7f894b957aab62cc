"""How sure a share or a rate is: the intervals of Wilson and of Byar."""

import math
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Share:
    """`number` of `of`, with the 95% interval of the share it estimates; no share of nothing."""

    number: int
    of: int

    @property
    def value(self) -> float | None:
        return self.number / self.of if self.of else None

    @property
    def low(self) -> float | None:
        return wilson(self.number, self.of)[0] if self.of else None

    @property
    def high(self) -> float | None:
        return wilson(self.number, self.of)[1] if self.of else None


def wilson(number: int, of: int, z: float = Z95) -> tuple[float, float]:
    """The score interval of a proportion, as (low, high) between 0 and 1.

    Wilson (1927), without continuity correction: it keeps inside 0 to 1 and holds for small numbers, where the plain
    interval does neither. Raises ValueError unless 0 <= number <= of and of > 0.
    """
    if not 0 <= number <= of or of == 0:
        raise ValueError(f"no share: {number} of {of}")
    share = number / of
    middle = share + z * z / (2 * of)
    reach = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return max(0.0, (middle - reach) / scale), min(1.0, (middle + reach) / scale)


@dataclass(frozen=True)
class Rate:
    """`number` events in a time of `of`, for each `per` of it, with the 95% interval; no rate of no time."""

    number: int
    of: Decimal
    per: int = 1

    @property
    def value(self) -> float | None:
        return self._for_each(self.number)

    @property
    def low(self) -> float | None:
        return self._for_each(byar(self.number)[0])

    @property
    def high(self) -> float | None:
        return self._for_each(byar(self.number)[1])

    def _for_each(self, count: float) -> float | None:
        return count / float(self.of) * self.per if self.of else None


def byar(number: int, z: float = Z95) -> tuple[float, float]:
    """The interval of a count, as (low, high): Byar's approximation to the exact one of Poisson (Breslow and Day 1987).

    Raises ValueError for a count below nought.
    """
    if number < 0:
        raise ValueError(f"no count: {number}")
    more = number + 1
    high = more * (1 - 1 / (9 * more) + z / (3 * math.sqrt(more))) ** 3
    return (number * (1 - 1 / (9 * number) - z / (3 * math.sqrt(number))) ** 3 if number else 0.0), high
