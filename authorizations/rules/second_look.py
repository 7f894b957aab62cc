"""Which decisions are looked at a second time, and whether two people agree."""

import hashlib
import math
from collections.abc import Iterable

#: Of the approvals and of the denials of one month, each: this part, and at least this many where there are so many.
SAMPLE_PERCENT = 10
SAMPLE_MINIMUM = 5


def drawn(seed: str, numbers: Iterable[int]) -> list[int]:
    """The sample of a month's entries: those whose hash with the seed comes first.

    Anybody who has the seed and the register draws the same sample again; nobody can know it before the seed is there.
    """
    by_chance = sorted(numbers, key=lambda number: hashlib.sha256(f"{seed}:{number}".encode()).digest())
    size = max(SAMPLE_MINIMUM, math.ceil(len(by_chance) * SAMPLE_PERCENT / 100))
    return by_chance[:size]


def agrees(*, decided_level: str, decided_approved: bool, looked_level: str, looked_approved: bool) -> bool:
    """Both deny, or both approve the same level. An episode has no level: to approve it is enough."""
    return decided_approved == looked_approved and (not decided_approved or decided_level == looked_level)
