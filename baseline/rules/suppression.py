"""Small numbers, hidden so that neither totals nor shares give them back.

`threshold`: counts from 1 to `below` - 1 are hidden and 0 is shown. `round`: 0 stays, 1 to 7 are hidden, everything
else goes to the nearest 5.
"""

from collections.abc import Sequence

from contracts.rules.document.settlement import Suppression

NEVER_ROUNDED = 7
STEP = 5


def shown(count: int, rule: Suppression) -> int | None:
    """The count as a reader outside the provider may see it; None where it is hidden."""
    if rule.method == "round":
        return None if 1 <= count <= NEVER_ROUNDED else (count + STEP // 2) // STEP * STEP
    return None if 1 <= count < rule.below else count


def column(counts: Sequence[int], rule: Suppression) -> list[int | None]:
    """The cells of a column whose total is shown.

    Under `threshold` one hidden cell would be the total less the others, and so would two that add up to a small
    number: the next smallest is hidden with them until what is hidden is as large as what may be shown. Rounded cells
    give nothing back.
    """
    cells = [shown(count, rule) for count in counts]
    if rule.method == "round":
        return cells
    hidden = {index for index, cell in enumerate(cells) if cell is None}
    while hidden and (len(hidden) < 2 or sum(counts[index] for index in hidden) < rule.below):
        rest = [index for index in range(len(counts)) if index not in hidden]
        if not rest:
            break
        # a cell that holds somebody hides better than an empty one
        hidden.add(min(rest, key=lambda index: (counts[index] == 0, counts[index], index)))
    return [None if index in hidden else cell for index, cell in enumerate(cells)]


def part_of(part: int, whole: int, rule: Suppression) -> tuple[int | None, int | None]:
    """(part, whole), the part hidden where it or what is left of the whole is small."""
    rest = whole - part
    if shown(whole, rule) is None:
        return None, None
    if shown(part, rule) is None or shown(rest, rule) is None:
        return None, shown(whole, rule)
    return shown(part, rule), shown(whole, rule)
