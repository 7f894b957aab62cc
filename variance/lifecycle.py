"""The states of a monthly cycle and the moves that are allowed.

open → calculated → in_review → approved → closed, and back to open from any state before closed. Calculating again is
allowed until the month is sent for review; after that it must first be sent back.
"""

OPEN = "open"
CALCULATED = "calculated"
IN_REVIEW = "in_review"
APPROVED = "approved"
CLOSED = "closed"

MOVES: dict[str, frozenset[str]] = {
    OPEN: frozenset({CALCULATED}),
    CALCULATED: frozenset({OPEN, CALCULATED, IN_REVIEW}),
    IN_REVIEW: frozenset({OPEN, APPROVED}),
    APPROVED: frozenset({OPEN, CLOSED}),
    CLOSED: frozenset(),
}


def may_move(here: str, there: str) -> bool:
    return there in MOVES[here]
