"""A list whose verification is killed half-way is verified as a whole afterwards, or not at all until then."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from baseline.models import Activity
from baseline.operations import verification
from baseline.queries.verification import ToVerify
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import run, sweep
from blended_pilot.jobs.progress import LEASE
from tests.baseline.pilot import NOON, TODAY, Pilot, pilot
from tests.factories.baseline import ActivityFactory

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDS, AT_ONCE = 40, 10
WORKER = f"""
import os, signal, sys
import django
django.setup()
from django.utils import timezone
from baseline.operations import verification
from baseline.queries import sql
from blended_pilot.jobs.operations import run
from blended_pilot.kernel.scope import SYSTEM, acting

honest = sql.run

def killed(name, values):
    if name == "verification_carry_out" and values["first"] == {RECORDS // 2}:
        os.kill(os.getpid(), signal.SIGKILL)
    return honest(name, values)

sql.run, verification.AT_ONCE = killed, {AT_ONCE}
with acting(SYSTEM):
    run(job_id=int(sys.argv[1]), clock=timezone.now)
"""


@pytest.fixture
def here(transactional_db: None) -> Pilot:
    return pilot()


def killed_half_way(job: Job) -> int:
    """Do the job in a process of its own that ends by SIGKILL with half of the list verified; how it ended."""
    url = "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    told = {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "blended_pilot.settings.test"}
    command = [sys.executable, "-c", WORKER, str(job.pk)]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **told}, check=False).returncode


@pytest.mark.django_db(transaction=True)
def test_a_killed_verification_leaves_nothing_and_the_next_attempt_does_it_all_once(
    here: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: with a commit after each stretch 20 records are verified after the kill."""
    for _ in range(RECORDS):
        ActivityFactory(contract=here.contract, member=here.member, service="visit", occurred_on=TODAY)
    batch = verification.draw(wanted=ToVerify(contract_id=here.contract.pk), seed=1, actor=here.supervisor, now=NOON)
    monkeypatch.setattr("blended_pilot.jobs.doorbell.ring", lambda job_id: None)
    job = verification.confirm(batch_id=batch.pk, url="/", actor=here.supervisor, now=NOON)

    assert killed_half_way(job) == -signal.SIGKILL

    job.refresh_from_db()
    assert (job.status, job.attempts, job.progress_total) == (Status.RUNNING, 1, RECORDS)
    assert not Activity.objects.filter(verified_on__isnull=False).exists()

    sweep(now=timezone.now() + LEASE + timedelta(seconds=1))
    done = run(job_id=job.pk, clock=timezone.now)

    assert done is not None
    assert (done.status, done.attempts) == (Status.DONE, 2)
    assert done.result == {"batch": batch.pk, "verified": RECORDS, "left_out": {}}
    assert Activity.objects.filter(verifier=here.supervisor).count() == RECORDS
    # once each: the first attempt left no history either, and a third has nothing to do
    assert Activity.history.model.objects.filter(verifier_id=here.supervisor.pk).count() == RECORDS
    assert run(job_id=job.pk, clock=timezone.now) is None
