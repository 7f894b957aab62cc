"""Scores of the contract's instruments: recorded, corrected by a new one in place of the old, withdrawn.

Items of a licensed instrument are never stored; score, version, date, assessor and the proof are.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations.models import Assessment, AssessmentEvidence
from authorizations.queries.assessments import Instruments, instruments_on
from authorizations.rules.suggestion import Band, OutOfRange, Override, Suggestion, suggested
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.facts import hold_open
from eligibility.models import Member
from eligibility.operations.evidence import filing, keep

Files = Sequence[tuple[str, "File[bytes]"]]


class UnknownInstrument(Refused):
    """The terms of that day do not know the instrument, or not this flag of it."""


class ScoreOutOfRange(Refused):
    """The score lies outside what the instrument can give."""


class NotYet(Refused):
    """The assessment lies in the future."""


class AlreadyReplaced(Refused):
    """The assessment was superseded or withdrawn already."""


class ReasonMissing(Refused):
    """A correction says why."""


def record(
    *,
    contract_id: int,
    member_id: int,
    instrument: str,
    score: int,
    flags: Collection[str],
    assessed_on: date,
    assessor: str,
    actor: User,
    now: datetime,
    files: Files = (),
) -> Assessment:
    """Keep a score, with the level that it suggests by the terms of its day.

    Raises NotAllowed, UnknownInstrument, ScoreOutOfRange, NotYet, EvidenceNotTaken.
    """
    with filing(), recording(actor=actor):
        contract = _may(contract_id, actor)
        Member.objects.get(pk=member_id, organisation_id=contract.provider_id)
        return _keep(
            contract,
            files,
            now,
            Assessment(
                organisation_id=contract.provider_id,
                contract=contract,
                member_id=member_id,
                instrument=instrument,
                score=score,
                flags=sorted(set(flags)),
                assessed_on=assessed_on,
                assessor=assessor.strip(),
                recorded_by=actor,
                recorded_at=now,
            ),
        )


def supersede(
    *,
    assessment_id: int,
    score: int,
    flags: Collection[str],
    assessed_on: date,
    assessor: str,
    reason: str,
    actor: User,
    now: datetime,
    files: Files = (),
) -> Assessment:
    """A corrected assessment in place of a wrong one, which stays readable with the reason; its files come along.

    Raises as `record`, AlreadyReplaced, ReasonMissing.
    """
    with filing(), _standing(assessment_id, reason, actor, now) as wrong:
        right = _keep(
            wrong.contract,
            files,
            now,
            Assessment(
                organisation_id=wrong.organisation_id,
                contract=wrong.contract,
                member_id=wrong.member_id,
                instrument=wrong.instrument,
                score=score,
                flags=sorted(set(flags)),
                assessed_on=assessed_on,
                assessor=assessor.strip(),
                recorded_by=actor,
                recorded_at=now,
                supersedes=wrong,
            ),
        )
        for link in AssessmentEvidence.objects.filter(assessment=wrong):
            AssessmentEvidence.objects.create(
                organisation_id=right.organisation_id, assessment=right, evidence_id=link.evidence_id
            )
        return right


def withdraw(*, assessment_id: int, reason: str, actor: User, now: datetime) -> Assessment:
    """It was of somebody else, or never took place. Raises NotAllowed, AlreadyReplaced, ReasonMissing."""
    with _standing(assessment_id, reason, actor, now) as wrong:
        return wrong


@contextmanager
def _standing(assessment_id: int, reason: str, actor: User, now: datetime) -> Iterator[Assessment]:
    """The assessment, withdrawn with the reason, for what comes in its place."""
    with recording(actor=actor, reason=reason):
        _may(Assessment.objects.values_list("contract_id", flat=True).get(pk=assessment_id), actor)
        wrong = Assessment.objects.select_for_update(of=["self"]).select_related("contract").get(pk=assessment_id)
        if wrong.withdrawn_at is not None:
            raise AlreadyReplaced(_("This assessment was replaced or withdrawn already."))
        if not reason.strip():
            raise ReasonMissing(_("Say why the assessment is wrong."))
        wrong.withdrawn_at, wrong.withdrawn_reason = now, reason.strip()[:300]
        wrong.save()
        yield wrong


def _keep(contract: Contract, files: Files, now: datetime, assessment: Assessment) -> Assessment:
    if assessment.assessed_on > now.astimezone(ZoneInfo(contract.timezone)).date():
        raise NotYet(_("The assessment cannot lie in the future."))
    known = instruments_on(contract.pk, assessment.assessed_on)
    suggestion, version = _suggested(known, assessment)
    assessment.version = version
    assessment.suggested_level = suggestion.level
    assessment.working = {**suggestion.as_data(), "terms_version": known.version}
    assessment.save()
    for name, file in files:
        AssessmentEvidence.objects.create(
            organisation_id=assessment.organisation_id,
            assessment=assessment,
            evidence=keep(
                contract_id=contract.pk,
                member_id=assessment.member_id,
                file=file,
                file_name=name,
                actor=assessment.recorded_by,
                now=now,
            ),
        )
    return assessment


def _suggested(known: Instruments, assessment: Assessment) -> tuple[Suggestion, str]:
    instrument: Any = known.by_code.get(assessment.instrument)
    if instrument is None:
        codes = ", ".join(known.by_code) or _("none")
        raise UnknownInstrument(
            _("The contract has no instrument %(code)s on that day; it has: %(codes)s.")
            % {"code": assessment.instrument, "codes": codes}
        )
    unknown = sorted(set(assessment.flags) - set(instrument.flags))
    if unknown:
        raise UnknownInstrument(_("The instrument has no flag %(flag)s.") % {"flag": ", ".join(unknown)})
    if not instrument.score.min <= assessment.score <= instrument.score.max:
        raise ScoreOutOfRange(
            _("%(instrument)s gives scores from %(lowest)d to %(highest)d.")
            % {"instrument": instrument.code, "lowest": instrument.score.min, "highest": instrument.score.max}
        )
    try:
        found = suggested(
            score=assessment.score,
            flags=assessment.flags,
            bands=[Band(one.from_, one.to, one.level) for one in instrument.levels],
            overrides=[Override(one.when, one.at_least) for one in instrument.overrides],
            ranks=known.ranks,
        )
    except OutOfRange:
        raise ScoreOutOfRange(
            _("The contract suggests no level for a score of %(score)d.") % {"score": assessment.score}
        ) from None
    return found, instrument.version


def _may(contract_id: int, actor: User) -> Contract:
    contract = hold_open(contract_id)
    require_on(actor, "assessment.record", contract, _("Only the provider's care team records assessments."))
    return contract
