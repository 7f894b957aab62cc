"""A list whose verification is killed half-way is verified as a whole afterwards, or not at all until then."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from baseline.models import Activity
from baseline.operations import verification
from baseline.queries import sql
from baseline.queries.verification import ToVerify
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import run
from tests.baseline.pilot import NOON, TODAY, Pilot, pilot
from tests.factories.baseline import ActivityFactory

RECORDS, AT_ONCE = 40, 10


@pytest.fixture
def here(transactional_db: None) -> Pilot:
    return pilot()


@pytest.mark.django_db(transaction=True)
def test_a_killed_verification_leaves_nothing_and_the_next_attempt_does_it_all(
    here: Pilot, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control: with a commit after each stretch 20 records are verified after the kill."""
    for _ in range(RECORDS):
        ActivityFactory(contract=here.contract, member=here.member, service="visit", occurred_on=TODAY)
    batch = verification.draw(wanted=ToVerify(contract_id=here.contract.pk), seed=1, actor=here.supervisor, now=NOON)
    monkeypatch.setattr("blended_pilot.jobs.doorbell.ring", lambda job_id: None)
    job = verification.confirm(batch_id=batch.pk, url="/", actor=here.supervisor, now=NOON)
    monkeypatch.setattr(verification, "AT_ONCE", AT_ONCE)
    honest, stretches = sql.run, []

    def killed(name: str, values: Mapping[str, Any]) -> int:
        if name == "verification_carry_out":
            stretches.append(values["first"])
            if len(stretches) == RECORDS // AT_ONCE // 2 + 1:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return honest(name, values)

    monkeypatch.setattr(sql, "run", killed)
    run(job_id=job.pk, clock=timezone.now)

    assert stretches == [0, AT_ONCE, 2 * AT_ONCE]
    assert Activity.objects.filter(verified_on__isnull=False).count() == 0
    assert Job.objects.get(pk=job.pk).status == Status.QUEUED

    done = run(job_id=job.pk, clock=timezone.now)

    assert done is not None
    assert (done.status, done.result) == (Status.DONE, {"batch": batch.pk, "verified": RECORDS, "left_out": {}})
    assert Activity.objects.filter(verifier=here.supervisor).count() == RECORDS
