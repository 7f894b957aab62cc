"""An own PostgreSQL and Valkey for whoever has none: nothing to install, nothing left running.

`servers(home)` fills in DATABASE_URL and REDIS_URL where they are not set. The servers run as long as somebody inside
one of these blocks, in whatever process, needs them: the first one in starts them, the last one out stops them.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from blended_pilot.devstack.locks import SHARED, Lock, held, is_shared_by_others
from blended_pilot.devstack.place import Unavailable
from blended_pilot.devstack.processes import true_within
from blended_pilot.devstack.servers import SERVERS, STOP_SECONDS, Server
from blended_pilot.environment import ROOT


@contextmanager
def servers(home: Path, *, throwaway: bool = False) -> Iterator[frozenset[str]]:
    """For the block, make sure that DATABASE_URL and REDIS_URL name servers that answer.

    Yields the names of the variables that were not set and now name embedded servers. Raises Unavailable.
    """
    embedded = set()
    with ExitStack() as stack:
        for kind in SERVERS.values():
            if not os.environ.get(kind.variable):
                url = stack.enter_context(_inside(kind(home, throwaway=throwaway)))
                os.environ[kind.variable] = url
                stack.callback(os.environ.pop, kind.variable, None)
                embedded.add(kind.variable)
        yield frozenset(embedded)


@contextmanager
def _inside(server: Server) -> Iterator[str]:
    """Be a visitor of one server; yields its URL."""
    try:
        server.lay_out()
    except OSError as error:
        raise Unavailable(f"{server.folder} cannot be used ({error.strerror}): set BLENDED_PILOT_HOME.") from error
    visitors = Lock(server.folder / "visitors")
    keeper: subprocess.Popen[bytes] | None = None
    try:
        with held(server.folder / "door"):
            visitors.take(SHARED)
            port = server.port
            if port is None or not _is_kept(server) or not server.answers(port):
                keeper, port = _start_keeper(server)
        yield server.url(port)
    finally:
        visitors.close()
        true_within(STOP_SECONDS, lambda: not _is_kept(server) or is_shared_by_others(server.folder / "visitors"))
        if keeper is not None:
            keeper.poll()  # ours to reap if it has ended; others may need it still


def _start_keeper(server: Server) -> tuple[subprocess.Popen[bytes], int]:
    with server.log.open("ab") as log:
        keeper = subprocess.Popen(
            [
                *(sys.executable, "-m", "blended_pilot.devstack.keeper", server.name, str(server.home)),
                *(["--throwaway"] if server.throwaway else []),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the command; the keeper sees it leave
        )
    assert keeper.stdout is not None
    with keeper.stdout as said:
        verdict, _, rest = said.read().decode().strip().partition(" ")
    if verdict != "ready":
        keeper.wait(STOP_SECONDS)
        raise Unavailable(rest or f"{server.name} did not start; see {server.log}.")
    if server.keeps_data and server.place != server.folder:
        print(
            f"The files of {server.name} are in {server.place}, because its account cannot enter {server.folder}.",
            file=sys.stderr,
        )
    return keeper, int(rest)


def _is_kept(server: Server) -> bool:
    lock = Lock(server.folder / "keeper")
    try:
        return not lock.try_to_take(SHARED)
    finally:
        lock.close()
