"""A real Celery worker on the test database and the suite's own broker."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 60.0


def eventually(fact: Callable[[], bool], what: str) -> None:
    """Wait for `fact`; fails with `what` after a minute (only ever that long when it is wrong)."""
    until = time.monotonic() + PATIENCE
    while not fact():
        assert time.monotonic() < until, f"Not within {PATIENCE:.0f} seconds: {what}"
        time.sleep(0.05)


@contextmanager
def worker() -> Iterator[subprocess.Popen[bytes]]:
    """One worker process with one child, ended with the block."""
    database = connection.settings_dict
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    command = [
        *(sys.executable, "-m", "celery", "-A", "blended_pilot", "worker"),
        *("-c", "1", "-I", "tests.jobs.handlers", "--without-gossip", "--without-mingle"),
    ]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url, "BLENDED_PILOT_ENV": "test", "REDIS_URL": settings.REDIS_URL},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: bool(children(process)), "the worker has a child")
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def children(process: subprocess.Popen[bytes]) -> list[int]:
    listed = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []


def forget_messages() -> None:
    """Empty our part of the broker, as if it had lost everything."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    keys = list(client.scan_iter(f"{settings.KEY_PREFIX}*"))
    if keys:
        client.delete(*keys)
    client.close()
