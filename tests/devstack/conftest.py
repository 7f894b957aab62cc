"""Visitors of embedded servers, each a process of its own, in a home that nobody else uses."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from blended_pilot.environment import ROOT

VISIT = """
import os, sys
from pathlib import Path
from blended_pilot.devstack import servers
with servers(Path(sys.argv[1]), throwaway=True):
    print(os.environ["DATABASE_URL"], os.environ["REDIS_URL"], flush=True)
    sys.stdin.readline()
"""


def own_environment(**variables: str) -> dict[str, str]:
    """The environment of somebody who has no servers."""
    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER")
    return {name: value for name, value in os.environ.items() if name not in ours} | variables


@dataclass
class Visitor:
    process: subprocess.Popen[str]
    database_url: str = ""
    redis_url: str = ""

    def arrive(self) -> "Visitor":
        assert self.process.stdout is not None
        self.database_url, self.redis_url = self.process.stdout.readline().split()
        return self

    def turn_to_go(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    def leave(self) -> None:
        """Go in an orderly way: when this returns the servers have stopped, unless others need them."""
        self.turn_to_go()
        assert self.process.wait(60) == 0

    def be_gone(self) -> None:
        """Whatever it was doing, even dead already."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            pipe.close()

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


def _running() -> dict[int, tuple[int, str]]:
    """Every living process: its parent and command line."""
    found = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state not in "ZX":
                found[int(folder.name)] = (int(parent), command)
    return found


def descendants(*ancestors: int) -> dict[int, str]:
    """All that descends from these processes, with its command lines."""
    running = _running()
    found: dict[int, str] = {}
    grown = True
    while grown:
        more = {
            pid: command
            for pid, (parent, command) in running.items()
            if (parent in found or parent in ancestors) and pid not in found
        }
        found |= more
        grown = bool(more)
    return found


def family(home: Path) -> dict[int, str]:
    """The keepers of a home and all that descends from them."""
    keepers = {
        pid: command for pid, (_, command) in _running().items() if ".keeper " in command and str(home) in command
    }
    return keepers | descendants(*keepers)


def gone_within(seconds: float, pids: set[int]) -> bool:
    deadline = time.monotonic() + seconds
    while pids & _running().keys():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def home() -> Iterator[Path]:
    """Not in pytest's own folder, which is private: homes that others cannot enter have a test of their own."""
    with tempfile.TemporaryDirectory(prefix="blended-pilot-home-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def come(home: Path) -> Iterator[Callable[..., Visitor]]:
    """`come()`: a new visitor, who has arrived."""
    visitors: list[Visitor] = []

    def make(*, arrived: bool = True, at: Path = home) -> Visitor:
        process = subprocess.Popen(
            [sys.executable, "-c", VISIT, str(at)],
            cwd=ROOT,
            env=own_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        visitors.append(Visitor(process))
        return visitors[-1].arrive() if arrived else visitors[-1]

    yield make
    for visitor in visitors:
        visitor.be_gone()
    assert gone_within(20, set(family(home)))
