"""What differs between two documents, by key path.

Items of a list are the same item when they carry the same code (role, service, sign, name of a file), or for rate cells
and dated amounts the same cell; only items without anything of the kind are compared by position.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from contracts.rules.faults import Place, key_path

IDENTITIES = (
    ("code",),
    ("role",),
    ("service",),
    ("sign",),
    ("file",),
    ("level", "cohort", "geography", "from"),
    ("when",),
)
NOTHING = object()


class Kind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Change:
    """`path` is that of the newer document, of the older one for what was removed."""

    path: str
    kind: Kind
    old: str
    new: str

    def __str__(self) -> str:
        match self.kind:
            case Kind.ADDED:
                return f"{self.path}: added {self.new}"
            case Kind.REMOVED:
                return f"{self.path}: removed {self.old}"
            case Kind.CHANGED:
                return f"{self.path}: {self.old} became {self.new}"


def compare(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """Every difference, in the order of the newer document, removals after what is still there."""
    changes: list[Change] = []
    _compare(old, new, (), (), changes)
    return changes


def in_words(value: Any) -> str:
    """A value on one line: `level L3, amount 298.00`."""
    match value:
        case True:
            return "yes"
        case False:
            return "no"
        case dict():
            return ", ".join(f"{key} {_bracketed(inner)}" for key, inner in value.items()) or "nothing"
        case list():
            return "; ".join(in_words(inner) for inner in value) or "an empty list"
    return str(value)


def _bracketed(value: Any) -> str:
    return f"({in_words(value)})" if isinstance(value, dict | list) else in_words(value)


def _compare(
    old: Any, new: Any, old_path: tuple[Place, ...], new_path: tuple[Place, ...], changes: list[Change]
) -> None:
    if isinstance(old, dict) and isinstance(new, dict):
        for key, value in new.items():
            _compare(old.get(key, NOTHING), value, (*old_path, key), (*new_path, key), changes)
        for key, value in old.items():
            if key not in new:
                _compare(value, NOTHING, (*old_path, key), new_path, changes)
    elif isinstance(old, list) and isinstance(new, list):
        _compare_lists(old, new, old_path, new_path, changes)
    elif old is NOTHING:
        changes.append(Change(key_path(new_path), Kind.ADDED, "", in_words(new)))
    elif new is NOTHING:
        changes.append(Change(key_path(old_path), Kind.REMOVED, in_words(old), ""))
    elif old != new:
        changes.append(Change(key_path(new_path), Kind.CHANGED, in_words(old), in_words(new)))


def _compare_lists(
    old: list[Any],
    new: list[Any],
    old_path: tuple[Place, ...],
    new_path: tuple[Place, ...],
    changes: list[Change],
) -> None:
    if all(not isinstance(item, dict | list) for item in (*old, *new)):
        if old != new:
            changes.append(Change(key_path(new_path), Kind.CHANGED, in_words(old), in_words(new)))
        return
    known = {_identity(item, index): index for index, item in enumerate(old)}
    for index, item in enumerate(new):
        before = known.pop(_identity(item, index), None)
        _compare(
            NOTHING if before is None else old[before],
            item,
            (*old_path, before if before is not None else index),
            (*new_path, index),
            changes,
        )
    for index in known.values():
        _compare(old[index], NOTHING, (*old_path, index), new_path, changes)


def _identity(item: Any, index: int) -> tuple[Any, ...]:
    if isinstance(item, dict):
        for keys in IDENTITIES:
            if keys[0] in item:
                return (keys, *(str(item.get(key)) for key in keys))
    return ("position", index)
