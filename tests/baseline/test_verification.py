"""Verification by somebody else: singly, and of a whole list with a sample looked at first."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Membership, Role
from accounts.permissions import NotAllowed
from accounts.work import waiting
from baseline.models import Activity, VerificationBatch
from baseline.operations import recording, verification
from baseline.operations.verification import (
    AlreadyVerified,
    NotDrawn,
    NothingToVerify,
    OwnWork,
    SampleFailed,
    SentBack,
    sample_size,
)
from baseline.queries.verification import ToVerify, sent_back_to, to_verify, waits_for
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import run
from tests.baseline.pilot import NOON, TODAY, VISIT, Pilot
from tests.factories.baseline import ActivityFactory
from tests.factories.eligibility import PractitionerFactory


def verify(here: Pilot, one: Activity, actor: Any = None) -> Activity:
    return verification.verify(activity_id=one.pk, actor=actor or here.supervisor, now=NOON)


def reject(here: Pilot, one: Activity, actor: Any = None) -> Activity:
    return verification.reject(activity_id=one.pk, reason="Not the same day", actor=actor or here.supervisor, now=NOON)


def fed(here: Pilot, **fields: Any) -> Activity:
    given = {"contract": here.contract, "member": here.member, "service": "visit", "occurred_on": TODAY}
    return ActivityFactory(**{**given, **fields})


def draw(here: Pilot, seed: int = 7, **wanted: Any) -> VerificationBatch:
    return verification.draw(
        wanted=ToVerify(contract_id=here.contract.pk, **wanted), seed=seed, actor=here.supervisor, now=NOON
    )


def confirmed(here: Pilot, batch: VerificationBatch) -> Job:
    job = verification.confirm(batch_id=batch.pk, url="/", actor=here.supervisor, now=NOON)
    return run(job_id=job.pk, clock=timezone.now) or job


def test_somebody_else_verifies_a_record(here: Pilot) -> None:
    one = here.record(VISIT)

    verify(here, one)

    one.refresh_from_db()
    assert (one.verified_on, one.verified_by, one.verifier) == (TODAY, "Sam Super", here.supervisor)


def test_nobody_verifies_their_own_work(here: Pilot) -> None:
    recorded = here.record(VISIT, actor=here.supervisor)
    delivered = fed(here, practitioner="sam")
    PractitionerFactory(organisation=here.contract.provider, reference="sam", user=here.supervisor)
    corrected = here.record(VISIT, occurred_on=date(2026, 3, 9))
    recording.correct(activity_id=corrected.pk, entry=VISIT, reason="Day", actor=here.supervisor, now=NOON)

    for one in (recorded, delivered, corrected):
        with pytest.raises(OwnWork):
            verify(here, one)
        with pytest.raises(OwnWork):
            reject(here, one)
    assert not Activity.objects.filter(verified_on__isnull=False).exists()


@pytest.mark.parametrize("who", ["recorded_by", "corrected_by"])
def test_the_database_refuses_a_verifier_who_recorded_or_corrected(who: str, here: Pilot) -> None:
    one = fed(here, **{who: here.supervisor})

    with pytest.raises(IntegrityError, match="activity_verified_by_another"), transaction.atomic():
        Activity.objects.filter(pk=one.pk).update(verified_on=TODAY, verified_by="Me", verifier=here.supervisor)


def test_the_database_refuses_a_rejected_record_that_is_verified(here: Pilot) -> None:
    one = reject(here, here.record(VISIT))

    with pytest.raises(IntegrityError, match="activity_rejected_with_a_reason"), transaction.atomic():
        Activity.objects.filter(pk=one.pk).update(verified_on=TODAY, verified_by="Me", verifier=here.colleague())


def test_only_supervisors_and_clinical_leads_verify(here: Pilot) -> None:
    one = here.record(VISIT)

    for role in (Role.PRACTITIONER, Role.FINANCE, Role.QUALITY, Role.AUDITOR):
        with pytest.raises(NotAllowed):
            verify(here, one, here.colleague(role))
    verify(here, one, here.colleague(Role.CLINICAL_LEAD))


def test_baseline_reversed_and_reversing_records_are_not_verified(here: Pilot) -> None:
    one = here.record(VISIT)
    reversal = recording.reverse(activity_id=one.pk, reason="Wrong", actor=here.carer, now=NOON)

    for nothing in (here.record(), one, reversal):
        with pytest.raises(NothingToVerify):
            verify(here, nothing)


def test_a_rejected_record_goes_back_and_waits_again_once_corrected(here: Pilot) -> None:
    one = reject(here, here.record(VISIT))
    assert (one.rejected_on, one.rejected_by, one.rejection) == (TODAY, here.supervisor, "Not the same day")
    assert list(sent_back_to(here.carer)) == [one]
    with pytest.raises(SentBack):
        verify(here, one)
    with pytest.raises(SentBack):
        reject(here, one)

    recording.correct(activity_id=one.pk, entry=VISIT, reason="It was", actor=here.carer, now=NOON)

    assert list(sent_back_to(here.carer)) == []
    assert verify(here, one).verifier == here.supervisor


def test_what_nobody_here_delivered_goes_back_to_a_supervisor(here: Pilot) -> None:
    of_a_stranger, of_the_carer = (reject(here, fed(here, practitioner=who)) for who in ("ward 7", "cleo"))

    assert list(sent_back_to(here.supervisor)) == [of_a_stranger]
    assert list(sent_back_to(here.carer)) == [of_the_carer]
    [item] = [item for item in waiting(here.supervisor, NOON) if "sent back" in str(item.title)]
    assert "corrected at its source" in str(item.title)


def test_a_verification_here_can_be_taken_back_and_one_at_the_source_cannot(here: Pilot) -> None:
    one = here.record(VISIT)
    verify(here, one)
    with pytest.raises(AlreadyVerified):
        verify(here, one, here.colleague())

    assert reject(here, one).verified_on is None
    with pytest.raises(AlreadyVerified):
        reject(here, fed(here, verified_on=TODAY, verified_by="Ward"))


def test_a_list_holds_what_waits_and_matches(here: Pilot) -> None:
    met = here.record(VISIT)
    not_met = here.record(VISIT, criteria_met=("acute",), criteria_not_met=("same_day",), place="Ward")
    unanswered = fed(here, occurred_on=date(2026, 2, 1), practitioner="zoe")
    fed(here, verified_on=TODAY, verified_by="Ward")
    here.record()
    reject(here, here.record(VISIT, place="Street"))

    def found(**wanted: Any) -> list[Activity]:
        return list(to_verify(here.supervisor, ToVerify(contract_id=here.contract.pk, **wanted)))

    assert found() == [unanswered, met, not_met]
    assert (found(answers="met"), found(answers="not_met"), found(answers="open")) == ([met], [not_met], [unanswered])
    assert (found(first_day=TODAY), found(last_day=date(2026, 2, 1))) == ([met, not_met], [unanswered])
    assert (found(practitioner="zoe"), found(service="package")) == ([unanswered], [])
    assert waits_for(here.supervisor).records == 3
    assert (waits_for(here.carer).records, to_verify(here.carer, ToVerify(here.contract.pk)).count()) == (0, 0)


def test_a_sample_is_drawn_by_chance_that_can_be_repeated(here: Pilot) -> None:
    for _ in range(30):
        fed(here)
    own = here.record(VISIT, actor=here.supervisor)

    first, same, other = draw(here), draw(here), draw(here, seed=8)

    assert (first.records, len(first.sample)) == (30, 10)
    assert own.pk not in first.items.values_list("activity", flat=True)
    assert first.sample == same.sample != other.sample
    assert [sample_size(n) for n in (1, 9, 10, 200, 400, 20_000)] == [1, 9, 10, 10, 20, 50]


def test_a_confirmed_list_is_verified_but_for_what_changed_meanwhile(here: Pilot) -> None:
    records = [fed(here) for _ in range(25)]
    batch = draw(here)
    left = [one for one in records if one.pk not in batch.sample]
    changed, rejected, verified, reversed_one = left[:4]
    job = verification.confirm(batch_id=batch.pk, url="/", actor=here.supervisor, now=NOON)
    Activity.objects.filter(pk=changed.pk).update(units=2)
    colleague = here.colleague()
    reject(here, rejected, colleague)
    verify(here, verified, colleague)
    fed(here, reverses=reversed_one.activity_ref)

    done = run(job_id=job.pk, clock=timezone.now)

    assert done is not None
    assert done.status == Status.DONE, done.error
    batch.refresh_from_db()
    assert (batch.status, batch.verified) == ("done", 21)
    assert batch.left_out == {"changed": 1, "rejected": 1, "verified": 1, "reversed": 1}
    assert Activity.objects.filter(verifier=here.supervisor).count() == 21


def test_a_list_whose_sample_failed_is_not_verified(here: Pilot) -> None:
    for _ in range(12):
        fed(here)
    batch = draw(here)
    reject(here, Activity.objects.get(pk=batch.sample[0]))

    with pytest.raises(SampleFailed):
        confirmed(here, batch)
    batch.refresh_from_db()
    assert (batch.status, Activity.objects.filter(verified_on__isnull=False).count()) == ("drawn", 0)


def test_a_list_is_confirmed_once_by_whoever_drew_it(here: Pilot) -> None:
    fed(here)
    batch, other = draw(here), draw(here)
    with pytest.raises(NotDrawn):
        verification.confirm(batch_id=batch.pk, url="/", actor=here.colleague(), now=NOON)
    confirmed(here, batch)
    verification.withdraw(batch_id=other.pk, actor=here.supervisor, now=NOON)

    for again in (batch, other):
        with pytest.raises(NotDrawn):
            confirmed(here, again)


def test_an_empty_list_draws_nothing(here: Pilot) -> None:
    here.record(VISIT, actor=here.supervisor)

    with pytest.raises(NothingToVerify):
        draw(here)
    assert not VerificationBatch.objects.exists()


def test_whose_role_has_ended_meanwhile_verifies_nothing(here: Pilot) -> None:
    fed(here)
    job = verification.confirm(batch_id=draw(here).pk, url="/", actor=here.supervisor, now=NOON)
    Membership.objects.filter(user=here.supervisor).update(ends_before=date(2026, 1, 1))

    done = run(job_id=job.pk, clock=timezone.now)

    assert done is not None
    assert done.status == Status.FAILED
    assert not Activity.objects.filter(verified_on__isnull=False).exists()
