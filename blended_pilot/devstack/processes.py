"""Child processes that never outlive their parent, and what can be believed about a process id."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1


def die_with_parent(how: signal.Signals, *, parent: int | None = None) -> Callable[[], None] | None:
    """A `preexec_fn`: the kernel sends `how` to the child when its parent is gone, even by kill -9 (Linux only).

    `parent` is the process that is asking, unless a child that runs already calls the result itself.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded before the fork: a child may do as little as possible

    parent = parent or os.getpid()

    def ask_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, how)
        if os.getppid() != parent:  # it died before we asked: no signal will come
            os._exit(1)

    return ask_the_kernel


def runs(pid: int, *, mentioning: str) -> bool:
    """Whether `pid` is a living process with `mentioning` in its command line. A zombie is dead; so is a reused pid."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX" and mentioning in command


def stopped_within(process: subprocess.Popen[bytes], seconds: float) -> bool:
    """Wait for a child of ours, and reap it."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def true_within(seconds: float, condition: Callable[[], bool], every: float = 0.02) -> bool:
    """Ask until the condition holds; False when time is up."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def free_port(preferred: int = 0) -> int:
    """`preferred` if nobody listens there, otherwise the next free one; 0: any."""
    for port in range(preferred, preferred + 100) if preferred else [0]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError(f"no free port from {preferred} to {preferred + 99}")
