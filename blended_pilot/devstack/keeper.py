"""The process that holds one embedded server: its only parent, from start to stop.

The server dies with its keeper, even by kill -9, because the kernel tells it so. The keeper leaves when the last
visitor has: every command that uses the server holds the `visitors` lock, and entering and leaving are decided behind
the `door` lock, so that nobody comes in while the lights go out.

Run as `python -m blended_pilot.devstack.keeper NAME HOME [--throwaway]`. Writes one line to standard output:
`ready PORT`, or `failed` and the reason.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType

from blended_pilot.devstack.locks import EXCLUSIVE, Lock
from blended_pilot.devstack.place import Unavailable
from blended_pilot.devstack.processes import die_with_parent, free_port, stopped_within
from blended_pilot.devstack.servers import SERVERS, STOP_SECONDS, Server

START_SECONDS = 60
GLANCE_SECONDS = 0.1


class Keeper:
    def __init__(self, server: Server) -> None:
        self.server = server
        # opened once: a folder that is deleted and made again has other locks, which are not ours
        self._alone = Lock(server.folder / "keeper")
        self._door = Lock(server.folder / "door")
        self._visitors = Lock(server.folder / "visitors")
        self._asked_to_stop = False

    def keep(self) -> None:
        """Start, announce, wait until nobody needs the server, stop."""
        for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(asked, self._stop_soon)
        if not self._alone.take_within(START_SECONDS, EXCLUSIVE):
            raise Unavailable(f"Another {self.server.name} of {self.server.home} does not stop.")
        self.server.clear_leftovers()
        self.server.install()
        process, port = self._start()
        address = self.server.folder / "port"
        try:
            address.write_text(str(port))
            _announce(f"ready {port}")
            while process.poll() is None and not self._asked_to_stop and not self._deserted():
                time.sleep(GLANCE_SECONDS)
        finally:
            address.unlink(missing_ok=True)
            self._stop(process)

    def _stop_soon(self, _signal: int, _frame: FrameType | None) -> None:
        self._asked_to_stop = True

    def _start(self) -> tuple[subprocess.Popen[bytes], int]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            port = free_port()
            with self.server.log.open("ab") as log:
                process = subprocess.Popen(
                    self.server.command(port),
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    preexec_fn=die_with_parent(self.server.stop_signal),
                    **self.server.account.options(),
                )
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError), process.stdin as stdin:
                stdin.write(self.server.configuration())
            while process.poll() is None and time.monotonic() < deadline:
                if self.server.answers(port):
                    return process, port
                time.sleep(0.02)
            self._stop(process)
            if not self._lost_its_port():
                break
        tail = self.server.log.read_bytes()[-1500:].decode(errors="replace").strip()
        raise Unavailable(f"{self.server.name} did not start. Its log ({self.server.log}) ends:\n{tail}")

    def _lost_its_port(self) -> bool:
        """Somebody else took the port between our look and the server's start: try another."""
        return b"ddress already in use" in self.server.log.read_bytes()[-1500:]

    def _deserted(self) -> bool:
        """Nobody is inside and nobody is at the door. Both locks stay ours then: newcomers wait until we are gone."""
        if not self._door.try_to_take(EXCLUSIVE):
            return False
        if self._visitors.try_to_take(EXCLUSIVE):
            return True
        self._door.release()
        return False

    def _stop(self, process: subprocess.Popen[bytes]) -> None:
        for ask in (self.server.stop_signal, signal.SIGQUIT, signal.SIGKILL):
            if process.poll() is None:
                process.send_signal(ask)
            if stopped_within(process, STOP_SECONDS):
                return


def _announce(line: str) -> None:
    """Tell the command that started us; it may be gone already, which `_deserted` will notice."""
    with contextlib.suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), line.encode() + b"\n")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(name: str, home: str, *flags: str) -> None:
    try:
        Keeper(SERVERS[name](Path(home), throwaway="--throwaway" in flags)).keep()
    except (Unavailable, OSError) as error:
        _announce(f"failed {error}")
        sys.exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:])
