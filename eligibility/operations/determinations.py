"""From a referral to a member: criteria answered one by one, evidence attached, and the outcome carried out.

    draft → completed (eligible: covered from a day; not eligible: with the reason) or abandoned

A completed determination stands. Whoever was found wrongly in or out is determined anew.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.core.files.base import File
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.facts import hold_open
from contracts.queries.terms import signed_terms
from eligibility.models import (
    Answer,
    AnswerEvidence,
    CoverageSpan,
    Determination,
    DeterminationStatus,
    Member,
    Outcome,
    Referral,
    Source,
)
from eligibility.operations.coverage import require_period, require_terms
from eligibility.operations.departures import cut_coverage
from eligibility.operations.evidence import filing, keep
from eligibility.queries.determinations import answers_of, as_answered, criteria_on
from eligibility.queries.duplicates import Alike, possible_duplicates
from eligibility.rules.eligibility import judged

PERSON = ("reference", "given_name", "family_name", "birth_date", "sex", "ethnicity", "language", "disability")


class PossibleDuplicates(Refused):
    """Members who are written alike; say who it is, or why it is nobody of them."""

    def __init__(self, sentence: str, alike: Sequence[Alike]) -> None:
        super().__init__(sentence)
        self.alike = tuple(alike)


class UnderWay(Refused):
    """The referral or the member is being determined already, or the referral is closed."""


class NotADraft(Refused):
    """The determination is completed or abandoned."""


class Incomplete(Refused):
    """Something is missing; `reasons` lists it."""


class NoCriteria(Refused):
    """The contract has no signed terms by which somebody could be determined."""


class ReferenceTaken(Refused):
    """A member of this provider has the reference."""


@dataclass(frozen=True)
class GivenAnswer:
    """What a person says about one criterion, with the files that they bring for it."""

    answer: str
    reason: str = ""
    files: tuple[tuple[str, "File[bytes]"], ...] = ()


def begin(
    *,
    contract_id: int,
    actor: User,
    now: datetime,
    referral_id: int | None = None,
    member_id: int | None = None,
    person: Mapping[str, Any] | None = None,
    not_a_duplicate: str = "",
) -> Determination:
    """Start to determine: of an existing member, or of a new person who is nobody of those written alike.

    Raises NotAllowed, NoCriteria, UnderWay, PossibleDuplicates, ReferenceTaken, Incomplete.
    """
    with recording(actor=actor):
        contract = _may(contract_id, actor)
        today = now.astimezone(ZoneInfo(contract.timezone)).date()
        terms, criteria = criteria_on(contract_id, today)
        if terms["version"] is None:
            raise NoCriteria(_("This contract has no signed terms by which somebody could be determined."))
        referral = _open_referral(contract, referral_id)
        member = Member.objects.get(pk=member_id, organisation_id=contract.provider_id) if member_id else None
        drafts = Determination.objects.filter(contract=contract, status=DeterminationStatus.DRAFT)
        if member is not None and drafts.filter(member=member).exists():
            raise UnderWay(_("This member is being determined already."))
        values = {name: value for name, value in (person or {}).items() if name in PERSON}
        alike = [] if member else _require_nobody_alike(contract, values, not_a_duplicate)
        determination = Determination.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            referral=referral,
            member=member,
            terms=terms,
            cohort=referral.cohort if referral else "",
            geography=referral.geography if referral else "",
            not_a_duplicate=not_a_duplicate.strip() if alike else "",
            alike=[one.member.pk for one in alike],
            begun_by=actor,
            begun_at=now,
            **values if member is None else {},
        )
        for position, criterion in enumerate(criteria):
            Answer.objects.create(
                organisation_id=contract.provider_id,
                determination=determination,
                position=position,
                criterion=criterion.code,
                text=criterion.text,
                decides=criterion.decides,
                needs_evidence=criterion.needs_evidence,
            )
        return determination


def answer(
    *,
    determination_id: int,
    answers: Mapping[str, GivenAnswer],
    actor: User,
    now: datetime,
    cohort: str | None = None,
    geography: str | None = None,
    effective_on: date | None = None,
    explanation: str | None = None,
) -> Determination:
    """Keep answers, their reasons and their files in a draft. What is not given stays as it is.

    Raises NotAllowed, NotADraft, EvidenceNotTaken.
    """
    with filing(), _drafting(determination_id, actor) as determination:
        for name, value in (
            ("cohort", cohort), ("geography", geography), ("effective_on", effective_on), ("explanation", explanation),
        ):  # fmt: skip
            if value is not None:
                setattr(determination, name, value)
        determination.save()
        rows = {row.criterion: row for row in Answer.objects.filter(determination=determination)}
        for code, given in answers.items():
            row = rows[code]
            row.answer, row.reason = given.answer, given.reason.strip()
            row.save()
            for name, file in given.files:
                AnswerEvidence.objects.create(
                    organisation_id=determination.organisation_id,
                    determination=determination,
                    answer=row,
                    evidence=keep(
                        contract_id=determination.contract_id,
                        member_id=determination.member_id,
                        file=file,
                        file_name=name,
                        actor=actor,
                        now=now,
                    ),
                )
        return determination


def detach(*, link_id: int, actor: User, now: datetime) -> Determination:
    """An answer no longer rests on a file, which stays in the store. Raises NotAllowed, NotADraft."""
    determination_id = AnswerEvidence.objects.values_list("determination_id", flat=True).get(pk=link_id)
    with _drafting(determination_id, actor) as determination:
        AnswerEvidence.objects.filter(pk=link_id).delete()
        return determination


def complete(*, determination_id: int, actor: User, now: datetime) -> Determination:
    """Judge the answers and carry the outcome out.

    Eligible: the person is covered from `effective_on`, with no level until one is decided. Not eligible: nobody is
    covered, and a member who was is no longer from that day. The referral is answered and closed.

    Raises NotAllowed, NotADraft, Incomplete, ReferenceTaken, CoverageOverlaps, NotInTheTerms.
    """
    with _drafting(determination_id, actor, _("Determination %(number)d") % {"number": determination_id}) as found:
        verdict = judged(as_answered(answers_of(found)))
        reasons = [_MISSING[what](one.text) for one, what in verdict.missing]
        if verdict.eligible and not found.effective_on:
            reasons.append(_("Say from which day the person is covered."))
        if verdict.eligible and found.effective_on:
            reasons += _outside_the_term(found.contract_id, found.effective_on)
        if verdict.eligible and not (found.cohort and found.geography):
            reasons.append(_("Choose a cohort and a geography."))
        if not verdict.eligible and not found.explanation.strip():
            reasons.append(_("Say in words, for the person, why they are not eligible."))
        if reasons:
            raise Incomplete(_("This determination is not complete."), reasons)
        if verdict.eligible:
            _let_in(found)
        else:
            _keep_out(found, now)
        found.outcome = Outcome.ELIGIBLE if verdict.eligible else Outcome.NOT_ELIGIBLE
        found.status = DeterminationStatus.COMPLETED
        found.completed_by, found.completed_at = actor, now
        found.save()
        _close_referral(found, now)
        return found


def abandon(*, determination_id: int, reason: str, actor: User, now: datetime) -> Determination:
    """Stop without an outcome; the referral stays open. Raises NotAllowed, NotADraft."""
    with _drafting(determination_id, actor, reason) as determination:
        determination.status = DeterminationStatus.ABANDONED
        determination.save()
        return determination


_MISSING = {
    "answer": lambda text: _("“%(criterion)s” is not answered.") % {"criterion": text},
    "reason": lambda text: _("“%(criterion)s”: give a reason.") % {"criterion": text},
    "evidence": lambda text: _("“%(criterion)s”: attach the evidence.") % {"criterion": text},
}


def _outside_the_term(contract_id: int, day: date) -> list[str]:
    term = signed_terms(contract_id).latest.document.term
    if term.from_ <= day <= term.to:
        return []
    return [
        _("The contract runs from %(first)s to %(last)s: choose a first day in that time.")
        % {"first": date_format(term.from_), "last": date_format(term.to)}
    ]


def _let_in(found: Determination) -> None:
    if found.member is None:
        found.member = _make_member(found)
    assert found.effective_on is not None
    member = Member.objects.select_for_update().get(pk=found.member.pk)
    covered = CoverageSpan.objects.filter(contract_id=found.contract_id, member=member)
    if covered.on(found.effective_on).exists():
        return  # determined again, and still in
    following = covered.filter(starts_on__gt=found.effective_on).order_by("starts_on").first()
    span = CoverageSpan(
        organisation_id=found.organisation_id,
        contract_id=found.contract_id,
        member=member,
        cohort=found.cohort,
        geography=found.geography,
        starts_on=found.effective_on,
        ends_before=following.starts_on if following else None,
        source=Source.PRODUCT,
    )
    require_terms(span)
    require_period(span)
    span.save()


def _keep_out(found: Determination, now: datetime) -> None:
    if found.member_id is None:
        return
    Member.objects.select_for_update().get(pk=found.member_id)
    if found.effective_on is None:
        found.effective_on = now.astimezone(ZoneInfo(found.contract.timezone)).date()
    cut_coverage(contract_id=found.contract_id, member_id=found.member_id, day=found.effective_on)


def _make_member(found: Determination) -> Member:
    reference = found.reference.strip() or f"N-{uuid4().hex[:8].upper()}"
    _require_reference(found.organisation_id, reference)
    found.reference = reference
    return Member.objects.create(
        organisation_id=found.organisation_id,
        **{name: getattr(found, name) for name in PERSON},
    )


def _close_referral(found: Determination, now: datetime) -> None:
    """A determination answers the referral, if nobody has before; a verified referral stays verified."""
    if found.referral_id is None:
        return
    referral = Referral.objects.select_for_update().get(pk=found.referral_id)
    referral.member_id = found.member_id or referral.member_id
    referral.disposition = referral.disposition or found.outcome
    referral.first_response_at = referral.first_response_at or max(now, referral.received_at)
    referral.save()


def _open_referral(contract: Contract, referral_id: int | None) -> Referral | None:
    if referral_id is None:
        return None
    referral = Referral.objects.select_for_update().get(pk=referral_id, contract=contract)
    if referral.disposition:
        raise UnderWay(_("This referral is closed."))
    if Determination.objects.filter(referral=referral, status=DeterminationStatus.DRAFT).exists():
        raise UnderWay(_("This referral is being determined already."))
    return referral


def _require_nobody_alike(contract: Contract, person: Mapping[str, Any], not_a_duplicate: str) -> list[Alike]:
    if not (person.get("given_name") or person.get("family_name") or person.get("reference")):
        raise Incomplete(_("Say who it is: a name or a reference."))
    if person.get("reference"):
        _require_reference(contract.provider_id, person["reference"])
    alike = possible_duplicates(
        organisation_id=contract.provider_id,
        **{name: person[name] for name in ("given_name", "family_name", "birth_date", "reference") if person.get(name)},
    )
    if alike and not not_a_duplicate.strip():
        raise PossibleDuplicates(
            _("Somebody who is written alike is a member already. Choose them, or say why it is another person."), alike
        )
    return alike


def _require_reference(organisation_id: int, reference: str) -> None:
    if Member.objects.filter(organisation_id=organisation_id, reference=reference).exists():
        raise ReferenceTaken(_("A member has the reference %(reference)s.") % {"reference": reference})


@contextmanager
def _drafting(determination_id: int, actor: User, reason: str = "") -> Iterator[Determination]:
    with recording(actor=actor, reason=reason):
        _may(Determination.objects.values_list("contract_id", flat=True).get(pk=determination_id), actor)
        found = Determination.objects.select_for_update(of=["self"]).select_related("contract").get(pk=determination_id)
        if found.status != DeterminationStatus.DRAFT:
            raise NotADraft(
                _("This determination is %(status)s already.") % {"status": found.get_status_display().lower()}
            )
        yield found


def _may(contract_id: int, actor: User) -> Contract:
    contract = hold_open(contract_id)
    require_on(
        actor, "determination.make", contract, _("Only intake or a supervisor of the provider determines eligibility.")
    )
    return contract
