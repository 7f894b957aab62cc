"""One foreground process that holds several programs: they start together, stop together and never outlive it."""

import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from blended_pilot.devstack.processes import die_with_parent, stopped_within
from blended_pilot.environment import ROOT

PATIENCE_SECONDS = 15
GLANCE_SECONDS = 0.25


class Stopped(BaseException):  # passes every `except Exception` on its way, as KeyboardInterrupt does
    """The operator, or the system, asked to stop."""


class Died(Exception):
    """A program ended by itself; the message ends with what it last said."""


@dataclass(frozen=True)
class Program:
    """`stop` asks it to end in good order; when the supervisor is killed there is no time for that."""

    name: str
    command: Sequence[str]
    stop: signal.Signals
    inherits: Sequence[int] = ()  # file descriptors that it is given open, such as the socket it listens on


class Supervisor:
    """Use as a context: everything that was started is stopped at the end of the block."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[tuple[Program, subprocess.Popen[bytes]]] = []

    def __enter__(self) -> "Supervisor":
        self._logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_error: object) -> None:
        for insist in (False, True):
            left = [(program, process) for program, process in self._running if process.poll() is None]
            for program, process in left:
                process.send_signal(signal.SIGKILL if insist else program.stop)
            deadline = time.monotonic() + PATIENCE_SECONDS
            if all(stopped_within(process, max(0, deadline - time.monotonic())) for _, process in left):
                return

    def start(self, program: Program) -> None:
        with self._log(program).open("ab") as log:
            process = subprocess.Popen(
                program.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=program.inherits,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops them
                preexec_fn=die_with_parent(signal.SIGKILL),
            )
        self._running.append((program, process))

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Raises Died when a program ends first, or nothing is ready in time."""
        deadline = time.monotonic() + seconds
        while not ready():
            self.check()
            if time.monotonic() > deadline:
                raise Died(f"Nothing answered within {seconds:.0f} seconds; see {self._logs}.")
            time.sleep(0.05)

    def watch(self) -> None:
        """Until a signal raises Stopped; raises Died when a program ends by itself."""
        while True:
            self.check()
            time.sleep(GLANCE_SECONDS)

    def check(self) -> None:
        for program, process in self._running:
            if process.poll() is not None:
                tail = self._log(program).read_bytes()[-1500:].decode(errors="replace").strip()
                raise Died(f"The {program.name} ended with status {process.returncode}. It last said:\n{tail}")

    def _log(self, program: Program) -> Path:
        return self._logs / f"{program.name}.log"


def stop_on_signals() -> None:
    """From here on Ctrl-C, SIGTERM and a closed terminal raise Stopped, once; more of them do not disturb the stop."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(asked, signal.SIG_IGN)
        raise Stopped

    for asked in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(asked, stop)


def end_with(parent: int) -> None:
    """Get SIGTERM when the process that started this one is gone: `make`, which does not pass on how it was killed."""
    ask_the_kernel = die_with_parent(signal.SIGTERM, parent=parent)
    if ask_the_kernel is not None:
        with suppress(OSError):
            ask_the_kernel()
