"""A storm: worker children, workers, database sessions, the database and the broker are killed in the middle of work.

    python -m tests.jobs.kills [--kills 60] [--seed 2026] [--without apart|torn_close|torn_import|sweep]

Starts a PostgreSQL, a Valkey, two workers and a beat of its own, with lease, sweep and attempts as they are, and has
files imported and months closed. Each kill comes at a random moment of a job that is under way; after each one, what
must never be half done is looked at in one snapshot. Behind the last kill everything has a minute to be done.
Prints one JSON object. `--without` takes a defence away first: the negative controls.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import DatabaseError, connection

from blended_pilot.devstack import servers
from blended_pilot.devstack.processes import die_with_parent, free_port, true_within
from blended_pilot.devstack.servers import Valkey
from blended_pilot.kernel.scope import OWNER, acting

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds from the last restart until everything is done
MOST_ATTEMPTS = 3  # of a job that is killed again: the fifth lost attempt gives it up, which is another story
# of all kills; the rest are of a worker's child
SHARES = {"session": 0.25, "worker": 0.14, "broker": 0.12, "database": 0.09}


class Broker:
    """A Valkey that keeps nothing and comes back at the same address."""

    def __init__(self, home: Path) -> None:
        self._server = Valkey(home, throwaway=True)
        self._server.lay_out()
        self._server.install()
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._server.url(self._port)

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._server.command(self._port),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),
            **self._server.account.options(),
        )
        assert self._process.stdin is not None
        with self._process.stdin as stdin:
            stdin.write(self._server.configuration())
        wait_until(lambda: self._server.answers(self._port), "the broker answers")

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()


class Worker:
    """One Celery worker with one child. `without` names what `tests.jobs.sabotage` takes away in it."""

    def __init__(self, name: str, without: str) -> None:
        self.name = name
        self._without = without
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = ["-c", "1", "-n", self.name, "--without-gossip", "--without-mingle"]
        self._process = celery("worker", *options, name=self.name, without=self._without)

    @property
    def children(self) -> list[int]:
        assert self._process is not None
        listed = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []

    def kill_child(self) -> None:
        for child in self.children:
            _kill(child)

    def kill(self) -> None:
        assert self._process is not None
        family = [self._process.pid, *self.children]
        for pid in family:
            _kill(pid)
        self._process.wait()


def celery(program: str, *options: str, name: str, without: str = "") -> subprocess.Popen[bytes]:
    sabotage = ["-I", "tests.jobs.sabotage"] if without else []
    with Path(os.environ["BLENDED_PILOT_HOME"], f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "blended_pilot", program, *options, *sabotage],
            cwd=ROOT,
            # the database tells by this name who has a session
            env={**os.environ, "WITHOUT": without, "PGAPPNAME": name},
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):  # it ended by itself just before
        os.kill(pid, signal.SIGKILL)


def wait_until(fact: Callable[[], Any], what: str) -> None:
    if not true_within(PATIENCE, fact, every=0.01):
        raise AssertionError(f"Not within {PATIENCE:.0f} seconds: {what}")


def steadily(ask: Callable[[], Any]) -> Any:
    """Ask the database, again if it has just gone away under us."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except DatabaseError:
            connection.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


@dataclass
class Storm:
    chance: random.Random
    pilots: Any
    broker: Broker
    workers: dict[str, Worker]
    lasts: float  # seconds that the longest job takes unharmed
    struck: Counter[str] = field(default_factory=Counter)  # by what was killed
    found: list[str] = field(default_factory=list)

    def strike(self, target: str) -> None:
        """Kill once, at a random moment of a job; start again what was killed; look whether anything is half done."""
        busy = self._in_the_middle()
        name = self.chance.choice(sorted(busy))
        getattr(self, f"_kill_{target}")(self.workers[name], busy[name])
        self.struck[target] += 1
        self.found += [f"after {target}: {fault}" for fault in steadily(self.pilots.faults)]

    def _in_the_middle(self) -> dict[str, list[int]]:
        """The sessions of the workers that are at a job, some moment after it began."""
        while True:
            self._wait_for_work()
            time.sleep(self.chance.uniform(0, self.lasts))
            if not steadily(lambda: self.pilots.tried(MOST_ATTEMPTS)) and (busy := steadily(self._busy)):
                return busy

    def _wait_for_work(self) -> None:
        """Until a worker is at a job; asks for another one, and again whenever none is for a moment."""
        while True:
            steadily(lambda: self.pilots.ask(self.chance.choice(["feed.apply", "cycle.close"])))
            if true_within(1, lambda: steadily(self._busy), every=0.005):
                return

    def _busy(self) -> dict[str, list[int]]:
        """The sessions of every worker that has a transaction open."""
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT application_name, array_agg(pid ORDER BY pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND application_name = ANY(%s)
                    GROUP BY 1 HAVING bool_or(xact_start IS NOT NULL)""",
                [list(self.workers)],
            )
            return dict(cursor.fetchall())

    def _kill_child(self, worker: Worker, _sessions: list[int]) -> None:
        worker.kill_child()

    def _kill_worker(self, worker: Worker, _sessions: list[int]) -> None:
        worker.kill()
        worker.start()

    def _kill_broker(self, _worker: Worker, _sessions: list[int]) -> None:
        self.broker.kill()
        self.pilots.ask("feed.apply")  # whose bell nobody hears
        self.broker.start()

    def _kill_session(self, _worker: Worker, sessions: list[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [self.chance.choice(sessions)])

    def _kill_database(self, _worker: Worker, sessions: list[int]) -> None:
        """One of its processes, whereupon it ends every session and recovers."""
        _kill(self.chance.choice(sessions))
        connection.close()


def rage(*, kills: int, seed: int, without: str, broker: Broker) -> dict[str, Any]:
    """The storm, and what was found. The database is there and empty, the broker's address is in the settings."""
    from tests.jobs.pilots import Pilots  # noqa: PLC0415  Django must be set up first

    chance = random.Random(seed)
    pilots = Pilots(closing=kills * 2 // 5)
    pilots.set_up()
    workers = {name: Worker(name, without) for name in ("storm-1", "storm-2")}
    for worker in workers.values():
        worker.start()
    beat = None
    if without != "sweep":
        beat = celery("beat", "--schedule", str(Path(os.environ["BLENDED_PILOT_HOME"], "schedule")), name="beat")
    storm = Storm(chance, pilots, broker, workers, lasts=_unharmed(pilots))
    begun = time.monotonic()
    for target in _targets(kills, chance):
        storm.strike(target)
    ended = time.monotonic()
    done = true_within(PATIENCE, lambda: not steadily(pilots.unfinished), every=0.1)
    seconds = time.monotonic() - ended
    for worker in workers.values():
        worker.kill()
    if beat is not None:
        beat.kill()
        beat.wait()
    return {
        "kills": sum(storm.struck.values()),
        "struck": dict(sorted(storm.struck.items())),
        "faults": [*storm.found, *pilots.faults()],
        "unproved": pilots.unproved(),
        "unfinished": [] if done else pilots.unfinished(),
        "seconds_of_storm": round(ended - begun, 1),
        "seconds_until_done": round(seconds, 1),
        "jobs_by_attempts": pilots.attempts(),
        "seconds_unharmed": round(storm.lasts, 2),
    }


def _unharmed(pilots: Any) -> float:
    """Seconds that a job takes, the second time: the longer kind."""
    for kind in ("feed.apply", "cycle.close") * 2:
        pilots.ask(kind)
        wait_until(lambda: not pilots.unfinished(), f"the first {kind} is done")
    return float(max(pilots.seconds().values()))


def _targets(kills: int, chance: random.Random) -> list[str]:
    targets = [target for target, share in SHARES.items() for _ in range(round(kills * share))]
    targets += ["child"] * (kills - len(targets))
    chance.shuffle(targets)
    return targets[:kills]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--kills", type=int, default=60)
    options.add_argument("--seed", type=int, default=2026)
    options.add_argument("--without", default="", choices=["", "sweep", "apart", "torn_close", "torn_import"])
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="blended-pilot-storm-") as home:
        Path(home).chmod(0o711)
        broker = Broker(Path(home))
        broker.start()
        os.environ |= {"REDIS_URL": broker.url, "BLENDED_PILOT_HOME": home, "BLENDED_PILOT_ENV": "test"}
        with servers(Path(home), throwaway=True):
            os.environ["DJANGO_SETTINGS_MODULE"] = "blended_pilot.settings.test"
            django.setup()
            call_command("migrate", verbosity=0)
            # whoever kills sessions and reads everybody's activity stands at the database itself
            with acting(OWNER):
                found = rage(kills=given.kills, seed=given.seed, without=given.without, broker=broker)
            connection.close()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
