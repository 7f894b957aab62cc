"""Sixty kills in the middle of imports and closes, with real workers, a real database and a real broker.

`make test-long` kills more often (BLENDED_PILOT_KILLS) and takes the defences away, one by one, with
BLENDED_PILOT_CONTROLS: then the same storm must find what is wrong. Ten kills each found a month closed whose statement
was never posted, a file whose rows were in and whose run said that they were not, jobs that failed although their
effect stood (`torn_close`), and jobs that stayed "running" for ever.
"""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.jobs.workers import ROOT

KILLS = int(os.environ.get("BLENDED_PILOT_KILLS", "60"))
TARGETS = {"broker", "child", "database", "session", "worker"}

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds a worker's children in /proc")
control = pytest.mark.skipif(not os.environ.get("BLENDED_PILOT_CONTROLS"), reason="make test-long")


def storm(kills: int, without: str = "") -> dict[str, Any]:
    """What the storm reports; its servers are its own."""
    ours = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "PYTEST_XDIST_WORKER")
    done = subprocess.run(
        [sys.executable, "-m", "tests.jobs.kills", "--kills", str(kills), "--without", without],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name not in ours},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_whatever_is_killed_nothing_is_half_done_and_everything_is_done_within_a_minute() -> None:
    found = storm(KILLS)

    assert found["kills"] == KILLS
    assert set(found["struck"]) == TARGETS
    assert (found["faults"], found["unproved"], found["unfinished"]) == ([], [], [])


@control
@pytest.mark.parametrize("way", ["torn_close", "torn_import"])
def test_two_transactions_where_there_should_be_one_are_found(way: str) -> None:
    assert storm(20, way)["faults"]


@control
def test_an_effect_that_commits_before_its_job_is_found() -> None:
    found = storm(20, "apart")

    assert found["faults"]
    assert found["unfinished"]


@control
def test_without_the_sweep_jobs_stay_as_they_were_killed() -> None:
    assert storm(20, "sweep")["unfinished"]
