"""What a mutant is."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old` stands exactly once in `path` and becomes `new`; one of `tests` must then fail."""

    path: str
    what: str
    old: str
    new: str
    tests: Sequence[str]


def mutants(folder: str, tests: Sequence[str], *changes: tuple[str, str, str, str]) -> list[Mutant]:
    """Each change: file in `folder`, what it breaks, the old text, the new text."""
    return [Mutant(f"{folder}{file}", what, old, new, tests) for file, what, old, new in changes]
