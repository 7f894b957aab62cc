"""For whom the database is asked at the moment: it gives no row beyond that, whatever the query forgot to filter.

A scope holds for the block that names it, in its own thread. Without one it is `NOBODY`, and the database gives
nothing of what row security guards. The connection tells the database before the next statement
(`blended_pilot.kernel.postgresql`).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

Item = TypeVar("Item")


class Acts(StrEnum):
    """Under which database role (`blended_pilot.kernel.roles`)."""

    APPLICATION = "app"  # what the policies of row security let through
    SYSTEM = "system"  # every row, and no right to change tables or guards
    OWNER = ""  # whoever owns the tables: migrations, and what looks after roles


@dataclass(frozen=True)
class Scope:
    """`sides` is what the policies read: for each action the organisations at which the person may, as JSON."""

    acts: Acts
    sides: str = ""


NOBODY = Scope(Acts.APPLICATION)
SYSTEM = Scope(Acts.SYSTEM)
OWNER = Scope(Acts.OWNER)
otherwise = NOBODY  # the suite's own code acts as the system; what it starts does not

_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def of_person(sides: Mapping[str, tuple[Iterable[int], Iterable[int]]]) -> Scope:
    """A person's: by action, the organisations where they may as (provider, commissioner)."""
    listed = {action: [sorted(provider), sorted(other)] for action, (provider, other) in sorted(sides.items())}
    return Scope(Acts.APPLICATION, json.dumps(listed, separators=(",", ":")))


def current() -> Scope:
    return _current.get() or otherwise


def become(scope: Scope) -> None:
    """Go on in another scope until the enclosing `acting` ends: once a request knows who asks."""
    _current.set(scope)


@contextmanager
def acting(scope: Scope) -> Iterator[None]:
    """For the block, ask the database in this scope."""
    before = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(before)


def each_acting(scope: Scope, items: Iterable[Item]) -> Iterator[Item]:
    """`items`, each worked out in this scope: for what is read after its block has ended (a streamed answer)."""
    rest = iter(items)
    while True:
        with acting(scope):
            try:
                item = next(rest)
            except StopIteration:
                return
        yield item
