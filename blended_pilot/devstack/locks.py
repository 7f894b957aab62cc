"""Advisory file locks. The kernel releases them however a process ends, so there is no stale lock to clear."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blended_pilot.devstack.processes import true_within

EXCLUSIVE = fcntl.LOCK_EX
SHARED = fcntl.LOCK_SH


class Lock:
    """One open lock file; the lock ends with `release`, with `close`, or with the process."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def take(self, kind: int) -> None:
        fcntl.flock(self._file, kind)

    def try_to_take(self, kind: int) -> bool:
        try:
            fcntl.flock(self._file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def take_within(self, seconds: float, kind: int) -> bool:
        return true_within(seconds, lambda: self.try_to_take(kind))

    def release(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._file)


@contextmanager
def held(path: Path, kind: int = EXCLUSIVE) -> Iterator[Lock]:
    lock = Lock(path)
    try:
        lock.take(kind)
        yield lock
    finally:
        lock.close()


def is_shared_by_others(path: Path) -> bool:
    """Whether somebody holds the lock as SHARED (not: as EXCLUSIVE, and not: nobody does)."""
    lock = Lock(path)
    try:
        return lock.try_to_take(SHARED) and not lock.try_to_take(EXCLUSIVE)
    finally:
        lock.close()
