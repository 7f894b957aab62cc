from datetime import timedelta
from typing import Any

import pytest

from accounts.models import Organisation
from blended_pilot.jobs import registry
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import MAX_ATTEMPTS, RING_AGAIN_AFTER, Swept, enqueue, run, sweep
from blended_pilot.jobs.progress import LEASE
from blended_pilot.kernel.errors import Refused
from tests.jobs.conftest import NOON

pytestmark = pytest.mark.django_db


def noon() -> Any:
    return NOON


def ask(key: str = "one", **changed: Any) -> Job:
    request = {"kind": "test.count", "key": key, "payload": {"of": key}, "actor": None, "now": NOON}
    return enqueue(**{**request, **changed})


def state(job: Job) -> dict[str, Any]:
    job.refresh_from_db()
    return {"status": job.status, "attempts": job.attempts, "error": job.error, "lease_until": job.lease_until}


def test_the_bell_rings_only_when_the_asking_transaction_commits(counting, bells, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        job = ask()
        assert bells == []

    assert len(callbacks) == 1
    assert bells == [job.pk]


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.DONE])
def test_asking_again_for_work_that_waits_runs_or_is_done_gives_the_same_job_and_no_bell(
    status, counting, bells, django_capture_on_commit_callbacks
):
    job = ask()
    lease = NOON + LEASE if status == Status.RUNNING else None
    finished = NOON if status == Status.DONE else None
    Job.objects.filter(pk=job.pk).update(status=status, lease_until=lease, finished_at=finished)

    with django_capture_on_commit_callbacks(execute=True):
        assert ask().pk == job.pk

    assert bells == []
    assert Job.objects.count() == 1
    assert state(job)["status"] == status


def test_a_failed_job_asked_for_again_starts_afresh_with_the_new_payload(
    counting, bells, somebody, django_capture_on_commit_callbacks
):
    job = ask()
    Job.objects.filter(pk=job.pk).update(status=Status.FAILED, attempts=5, error="No.", finished_at=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        again = ask(payload={"of": "two"}, actor=somebody, now=NOON + timedelta(hours=1))

    assert again.pk == job.pk
    assert (again.payload, again.created_by, again.finished_at) == ({"of": "two"}, somebody, None)
    assert state(again) == {"status": Status.QUEUED, "attempts": 0, "error": "", "lease_until": None}
    assert bells == [job.pk]


def test_work_that_nothing_handles_is_a_defect_and_leaves_no_job(work):
    with pytest.raises(KeyError, match="nobody"):
        ask(kind="test.nobody")
    with pytest.raises(KeyError, match="nobody"):
        ask(kind="test.nobody", then=["test.nobody"])

    assert not Job.objects.exists()


def test_a_job_is_done_once(counting):
    job = ask()

    finished = run(job_id=job.pk, clock=noon)

    assert finished is not None
    assert (finished.status, finished.result, finished.finished_at) == (Status.DONE, {"counted": 1}, NOON)
    assert run(job_id=job.pk, clock=noon) is None
    assert counting == [{"of": "one"}]


def test_a_job_that_another_worker_has_is_left_alone(counting):
    job = ask()
    Job.objects.filter(pk=job.pk).update(status=Status.RUNNING, attempts=1, lease_until=NOON + LEASE)

    assert run(job_id=job.pk, clock=noon) is None
    assert counting == []


def test_a_refusal_ends_the_job_with_its_sentence_and_undoes_the_effect(work, bells):
    @registry.handles("test.refuse")
    def refuse(job, progress):
        Organisation.objects.create(code="half-way", name="Half way")
        raise Refused("March 2026 is closed.", ["Post this in April."])

    job = ask(kind="test.refuse")
    run(job_id=job.pk, clock=noon)

    assert state(job) == {
        "status": Status.FAILED,
        "attempts": 1,
        "error": "March 2026 is closed.\nPost this in April.",
        "lease_until": None,
    }
    assert not Organisation.objects.exists()


def test_a_fault_is_tried_again_and_given_up_after_the_last_attempt(work, bells):
    @registry.handles("test.fault")
    def fault(job, progress):
        Organisation.objects.create(code="half-way", name="Half way")
        raise ZeroDivisionError

    job = ask(kind="test.fault")
    run(job_id=job.pk, clock=noon)
    assert state(job) == {"status": Status.QUEUED, "attempts": 1, "error": "", "lease_until": None}
    assert job.ring_at > NOON

    for _ in range(MAX_ATTEMPTS - 1):
        run(job_id=job.pk, clock=noon)

    sentence = f"A fault in the program stopped this, {MAX_ATTEMPTS} times. It is logged as job {job.pk}."
    assert state(job) == {"status": Status.FAILED, "attempts": MAX_ATTEMPTS, "error": sentence, "lease_until": None}
    assert not Organisation.objects.exists()
    assert run(job_id=job.pk, clock=noon) is None


def test_a_worker_that_was_taken_for_lost_undoes_its_effect(work, bells):
    """Negative control: with `attempts` left out of the guard in `_perform` the organisation stays."""

    @registry.handles("test.slow")
    def slow(job, progress):
        Organisation.objects.create(code="slow", name="Slow")
        # meanwhile the sweep took the job back and another worker claimed it
        Job.objects.filter(pk=job.pk).update(attempts=2)

    job = ask(kind="test.slow")
    run(job_id=job.pk, clock=noon)

    assert not Organisation.objects.exists()
    assert state(job)["status"] == Status.RUNNING


def test_what_follows_is_queued_when_the_job_before_it_is_done(
    counting, work, bells, django_capture_on_commit_callbacks
):
    @registry.handles("test.after")
    def after(job, progress):
        return {}

    job = ask(then=["test.after", "test.count"], organisation_id=7, url="/there/")
    with django_capture_on_commit_callbacks(execute=True):
        run(job_id=job.pk, clock=noon)

    following = Job.objects.get(kind="test.after")
    assert (following.key, following.payload, following.then) == ("one", {"of": "one"}, ["test.count"])
    assert (following.organisation_id, following.url) == (7, "/there/")
    assert bells == [following.pk]


def test_a_sweep_rings_again_for_what_nobody_came_for(counting, bells, django_capture_on_commit_callbacks):
    job = ask()

    with django_capture_on_commit_callbacks(execute=True):
        assert sweep(now=NOON) == Swept(rung=0, given_up=0)
        assert sweep(now=NOON + RING_AGAIN_AFTER) == Swept(rung=1, given_up=0)
        assert sweep(now=NOON + RING_AGAIN_AFTER) == Swept(rung=0, given_up=0), "a second sweep finds nothing to do"

    assert bells == [job.pk]


def test_a_sweep_takes_back_what_lost_its_worker(counting, bells, django_capture_on_commit_callbacks):
    job = ask()
    Job.objects.filter(pk=job.pk).update(status=Status.RUNNING, attempts=1, lease_until=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        assert sweep(now=NOON) == Swept(rung=0, given_up=0), "a lease is good to its last moment"
        assert sweep(now=NOON + timedelta(seconds=1)) == Swept(rung=1, given_up=0)

    assert state(job) == {"status": Status.QUEUED, "attempts": 1, "error": "", "lease_until": None}
    assert bells == [job.pk]


def test_a_job_that_kills_its_worker_every_time_is_given_up(counting, bells, django_capture_on_commit_callbacks):
    job = ask()
    Job.objects.filter(pk=job.pk).update(status=Status.RUNNING, attempts=MAX_ATTEMPTS, lease_until=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        assert sweep(now=NOON + timedelta(seconds=1)) == Swept(rung=0, given_up=1)

    sentence = f"The worker stopped in the middle each of {MAX_ATTEMPTS} times."
    assert state(job) == {"status": Status.FAILED, "attempts": MAX_ATTEMPTS, "error": sentence, "lease_until": None}
    assert bells == []
