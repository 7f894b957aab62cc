"""The second look: verify records of episodic work, or send them back with a reason. Never one's own.

A record waits → is verified here or at its source, or is rejected → corrected → waits again. Verification of a whole
list: drawn (with a random sample) → confirmed → done; the last step is a job.
"""

import random
from collections.abc import Callable
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.permissions import require_on
from baseline.models import Activity, BatchStatus, VerificationBatch
from baseline.queries import sql
from baseline.queries.activity import own_work, service_on
from baseline.queries.verification import ToVerify, of_others, to_verify
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import enqueue
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.facts import hold_open
from eligibility.queries.profile import today_in

JOB = "activity.verify"
AT_ONCE = 1_000  # records between two reports of progress
SAMPLE_PERCENT, SAMPLE_LEAST, SAMPLE_MOST = 5, 10, 50

Progress = Callable[[int, int | None, str], None]


class OwnWork(Refused):
    """Whoever recorded, corrected or delivered the work does not verify it."""


class NothingToVerify(Refused):
    """Baseline work, a reversing or a reversed record, or an empty list."""


class AlreadyVerified(Refused):
    """Verified before, here or at its source."""


class SentBack(Refused):
    """The record waits for its recorder."""


class NotDrawn(Refused):
    """The batch was confirmed or withdrawn before, or is another person's."""


class SampleFailed(Refused):
    """A record of the sample was sent back, changed or taken back."""


def verify(*, activity_id: int, actor: User, now: datetime) -> Activity:
    """Confirm one record against the definition's criteria.

    Raises NotAllowed, OwnWork, NothingToVerify, AlreadyVerified, SentBack.
    """
    with recording(actor=actor):
        one, contract = _locked(activity_id, actor)
        if one.verified_on is not None:
            raise AlreadyVerified(
                _("%(who)s verified this record on %(day)s already.")
                % {"who": one.verified_by, "day": date_format(one.verified_on)}
            )
        if one.rejected_on is not None:
            raise SentBack(
                _("This record was sent back on %(day)s. It can be verified once it has been corrected.")
                % {"day": date_format(one.rejected_on)}
            )
        one.verified_on, one.verified_by, one.verifier = today_in([contract], now), actor.name, actor
        one.save(update_fields=["verified_on", "verified_by", "verifier"])
        return one


def reject(*, activity_id: int, reason: str, actor: User, now: datetime) -> Activity:
    """Send a record back to whoever recorded it; one that was verified here is no longer.

    Raises NotAllowed, OwnWork, NothingToVerify, AlreadyVerified (at its source), SentBack.
    """
    with recording(actor=actor, reason=reason):
        one, contract = _locked(activity_id, actor)
        if one.rejected_on is not None:
            raise SentBack(_("This record was sent back on %(day)s already.") % {"day": date_format(one.rejected_on)})
        if one.verified_on is not None and one.verifier_id is None:
            raise AlreadyVerified(
                _("This record was verified at its source, by %(who)s. It is corrected there.")
                % {"who": one.verified_by}
            )
        one.verified_on, one.verified_by, one.verifier = None, "", None
        one.rejected_on, one.rejected_by, one.rejection = today_in([contract], now), actor, reason
        one.save()
        return one


def draw(*, wanted: ToVerify, seed: int, actor: User, now: datetime) -> VerificationBatch:
    """Fix a filtered list and draw a random sample of it, to be looked at first.

    The list holds what others recorded and what waits now; the same seed draws the same sample. Raises NotAllowed,
    NothingToVerify.
    """
    with recording(actor=actor):
        contract = Contract.objects.get(pk=wanted.contract_id)
        _require(actor, contract)
        ids = list(of_others(actor, to_verify(actor, wanted)).values_list("pk", flat=True))
        if not ids:
            raise NothingToVerify(_("Nothing in this list waits for you. Your own work is verified by somebody else."))
        batch = VerificationBatch.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            wanted=wanted.as_json(),
            seed=seed,
            sample=sorted(random.Random(seed).sample(ids, sample_size(len(ids)))),  # noqa: S311  # repeatable on purpose
            records=len(ids),
            drawn_by=actor,
            drawn_at=now,
        )
        sql.run("verification_items", {"batch": batch.pk, "organisation": contract.provider_id, "activities": ids})
        return batch


def sample_size(records: int) -> int:
    """A share of the list, but not below nor above a number that one person can look at."""
    return min(records, max(SAMPLE_LEAST, min(SAMPLE_MOST, -(-records * SAMPLE_PERCENT // 100))))


def confirm(*, batch_id: int, url: str, actor: User, now: datetime) -> Job:
    """Say that the sample was looked at; the rest is verified in the background. `url` is where that is seen.

    Raises NotAllowed, NotDrawn, SampleFailed.
    """
    with recording(actor=actor):
        batch = _batch(batch_id, actor)
        kept = sql.rows("verification_sample", {"batch": batch.pk, "sample": batch.sample})[0]["kept"]
        if kept < len(batch.sample):
            failed = len(batch.sample) - kept
            raise SampleFailed(
                ngettext(
                    "%(count)s record of the sample was sent back, changed or taken back. Look into the rest one by "
                    "one, or narrow the list and draw anew.",
                    "%(count)s records of the sample were sent back, changed or taken back. Look into the rest one by "
                    "one, or narrow the list and draw anew.",
                    failed,
                )
                % {"count": failed}
            )
        batch.status, batch.confirmed_at = BatchStatus.CONFIRMED, now
        batch.save()
        return enqueue(
            kind=JOB,
            key=f"batch {batch.pk}",
            payload={"batch": batch.pk},
            actor=actor,
            now=now,
            organisation_id=batch.organisation_id,
            url=url,
        )


def withdraw(*, batch_id: int, actor: User, now: datetime) -> VerificationBatch:
    """Give up a drawn list. Raises NotAllowed, NotDrawn."""
    with recording(actor=actor):
        batch = _batch(batch_id, actor)
        batch.status = BatchStatus.WITHDRAWN
        batch.save()
        return batch


def carry_out(*, batch_id: int, actor: User, now: datetime, progress: Progress) -> VerificationBatch:
    """Verify what is still as it was when the batch was drawn; count what is not. All of it or nothing.

    Raises NotAllowed where the person's role has ended meanwhile.
    """
    with recording(actor=actor):
        contract = hold_open(VerificationBatch.objects.values_list("contract_id", flat=True).get(pk=batch_id))
        batch = VerificationBatch.objects.select_for_update().get(pk=batch_id)
        _require(actor, contract)
        values = {"batch": batch.pk, "verifier": actor.pk, "name": actor.name, "today": today_in([contract], now)}
        sql.run("verification_lock", values)  # what is counted as left out stays so until the end
        left_out = {row["why"]: row["records"] for row in sql.rows("verification_left_out", values)}
        verified = 0
        for first in range(0, batch.records, AT_ONCE):
            progress(first, batch.records, _("Verifying records"))
            verified += sql.run("verification_carry_out", {**values, "first": first, "before": first + AT_ONCE})
        progress(batch.records, batch.records, _("Verifying records"))
        batch.status, batch.verified, batch.left_out = BatchStatus.DONE, verified, left_out
        batch.save()
        return batch


def _locked(activity_id: int, actor: User) -> tuple[Activity, Contract]:
    contract = hold_open(Activity.objects.values_list("contract_id", flat=True).get(pk=activity_id))
    one = Activity.objects.select_for_update().get(pk=activity_id)
    _require(actor, contract)
    service = service_on(contract.pk, one.service, one.occurred_on)
    if service is None or not service.episodic:
        raise NothingToVerify(_("Only episodic work is verified; baseline work is paid by the monthly rates."))
    reversed_by = Activity.objects.filter(contract=contract, reverses=one.activity_ref).first()
    if one.reverses or reversed_by:
        raise NothingToVerify(_("This record was reversed, or only reverses another: there is nothing to verify."))
    if own_work(actor, one):
        raise OwnWork(_("You recorded, corrected or delivered this yourself. Somebody else has to verify it."))
    return one, contract


def _batch(batch_id: int, actor: User) -> VerificationBatch:
    batch = VerificationBatch.objects.select_for_update(of=["self"]).select_related("contract").get(pk=batch_id)
    _require(actor, batch.contract)
    if batch.drawn_by_id != actor.pk:
        raise NotDrawn(_("%(who)s drew this sample and looks at it.") % {"who": batch.drawn_by.name})
    if batch.status != BatchStatus.DRAWN:
        raise NotDrawn(
            _("This list was dealt with already: %(status)s.") % {"status": str(batch.get_status_display()).lower()}
        )
    return batch


def _require(actor: User, contract: Contract) -> None:
    require_on(actor, "activity.verify", contract, _("Only supervisors and clinical leads verify delivered work."))
