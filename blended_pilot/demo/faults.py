"""What goes wrong on the way: a few rows of some files arrive broken and are sent again, corrected."""

from collections.abc import Sequence
from random import Random

FAULTY_BATCHES = {0, 1, 4, 7, 11, 15, 18}
FEWEST_GROUPS = 40  # smaller files arrive whole
Row = dict[str, str]

# what a tired person or a changed export writes: column → value
FAULTS: dict[str, tuple[dict[str, str], ...]] = {
    "roster": ({"geography": "nrth"}, {"from": "2026-02-30"}, {"cohort": ""}),
    "levels": ({"level": "L5"}, {"rationale": ""}, {"decided_on": "last week"}),
    "services": (
        {"member_ref": "TW99999X"},
        {"service": "crisis visit"},
        {"units": "one"},
        {"occurred_on": "31/04/2026"},
        {"planned": "perhaps"},
    ),
}


def break_some(
    chance: Random, kind: str, number: int, groups: Sequence[list[Row]]
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows of a month's file as sent, and the true rows of those that were broken (in few months, few rows)."""
    if number not in FAULTY_BATCHES or len(groups) < FEWEST_GROUPS:
        return tuple(row for group in groups for row in group), ()
    return break_rows(chance, kind, groups, 2 + number % 3)


def break_rows(
    chance: Random, kind: str, groups: Sequence[list[Row]], count: int
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """The rows with `count` of them broken, and those rows as they should be. Only members named once are broken."""
    single = [position for position, group in enumerate(groups) if len(group) == 1 and "void" not in group[0]]
    faults = FAULTS[kind][: min(count, len(single))]
    chosen = dict(zip(sorted(chance.sample(single, len(faults))), faults, strict=True))
    sent = tuple(row | chosen.get(position, {}) for position, group in enumerate(groups) for row in group)
    return sent, tuple(row for position in chosen for row in groups[position])
