"""What is wrong with a document, and where: a key path and a sentence."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

Place = str | int


def key_path(parts: Iterable[Place]) -> str:
    """`("baseline", "rates", 3, "level")` as `baseline.rates[3].level`; positions count from 0."""
    path = ""
    for part in parts:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    return path or "document"


@dataclass(frozen=True)
class Fault:
    path: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}: {self.sentence}"


class Faults:
    """Collects faults in the order of the checks."""

    def __init__(self) -> None:
        self._found: list[Fault] = []

    def add(self, *path: Place, sentence: str) -> None:
        self._found.append(Fault(key_path(path), sentence))

    def among(self, *path: Place, value: str, known: Sequence[str], what: str = "") -> bool:
        """Whether `value` is one of `known`; if not, says so at `path`."""
        if value in known:
            return True
        if known:
            self.add(*path, sentence=f"'{value}' is not one of {', '.join(known)}")
        else:
            self.add(*path, sentence=f"'{value}' is not declared: this document declares no {what or 'such codes'}")
        return False

    def once(self, *path: Place, values: Iterable[object], key: str | None = None) -> None:
        """Each value of a list at most once; the second one is at fault."""
        seen: dict[object, int] = {}
        for index, value in enumerate(values):
            here = (*path, index, key) if key else (*path, index)
            if value in seen:
                first = key_path((*path, seen[value], key) if key else (*path, seen[value]))
                self.add(*here, sentence=f"'{value}' is there twice, first at {first}")
            else:
                seen[value] = index

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._found)
