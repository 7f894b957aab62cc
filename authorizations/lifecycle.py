"""The states of a request, and the moves between them.

draft → submitted ⇄ questioned
  ↓        ↓    ↘        ↓
withdrawn  |   automatic |
   ↑_______|______↓______|
           ↘   decided  ↙

`automatic` is an outcome that the contract gave because nobody decided in time: it stays in the queue until a
clinical lead confirms or replaces it. Only a draft changes what it asks for.
"""

DRAFT = "draft"
SUBMITTED = "submitted"
QUESTIONED = "questioned"
AUTOMATIC = "automatic"
DECIDED = "decided"
WITHDRAWN = "withdrawn"

MOVES: dict[str, frozenset[str]] = {
    DRAFT: frozenset({SUBMITTED, WITHDRAWN}),
    SUBMITTED: frozenset({QUESTIONED, AUTOMATIC, DECIDED, WITHDRAWN}),
    QUESTIONED: frozenset({SUBMITTED, AUTOMATIC, DECIDED, WITHDRAWN}),
    AUTOMATIC: frozenset({DECIDED}),
    DECIDED: frozenset(),
    WITHDRAWN: frozenset(),
}

# What stands in the queue of the clinical leads.
OPEN = (SUBMITTED, QUESTIONED, AUTOMATIC)


def may_move(before: str, after: str) -> bool:
    return after in MOVES[before]
