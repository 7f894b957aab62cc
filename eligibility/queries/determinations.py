"""What was determined about a person, and whether it was at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from django.db.models import Prefetch, QuerySet

from blended_pilot.kernel.row_security import behind
from contracts.queries.terms import signed_terms
from eligibility.models import (
    Answer,
    AnswerEvidence,
    CoverageSpan,
    Determination,
    DeterminationStatus,
    Evidence,
    MemberMerge,
    Outcome,
    Source,
)
from eligibility.rules.eligibility import Answered, deciding


@dataclass(frozen=True)
class Completed:
    """Somebody has determined that the member is eligible: here, or in the source system that fed the coverage."""

    by: Literal["determination", "source"]
    determination_id: int | None
    on: date | datetime | None


def completed(contract_id: int, member_id: int) -> Completed | None:
    """The latest completed determination by which the member is eligible, else the roster that says so, else None.

    A member whom a roster covers, or did before the days were mended here, was determined by whoever sent it: the
    criteria were answered there. A determination that found the person not eligible counts more than the roster.
    """
    ids = one_person(member_id)
    latest = (
        Determination.objects.filter(contract_id=contract_id, member__in=ids, status=DeterminationStatus.COMPLETED)
        .order_by("-completed_at", "-pk")
        .first()
    )
    if latest is not None:
        eligible = latest.outcome == Outcome.ELIGIBLE
        return Completed("determination", latest.pk, latest.completed_at) if eligible else None
    kept = CoverageSpan.history.model.objects.filter(contract_id=contract_id, member_id__in=ids, source=Source.FEED)
    first = kept.order_by("starts_on").first()
    return Completed("source", None, first.starts_on) if first else None


def one_person(member_id: int) -> list[int]:
    """The member and everybody who is merged into them: ids under which decisions about the person stand."""
    merged = MemberMerge.objects.filter(kept=member_id, undone_at=None).values_list("merged", flat=True)
    return [member_id, *merged]


@dataclass(frozen=True)
class Criterion:
    """One criterion of the terms, as it goes onto a determination."""

    code: str
    text: str
    needs_evidence: bool
    decides: bool


def criteria_on(contract_id: int, day: date) -> tuple[dict[str, Any], tuple[Criterion, ...]]:
    """(what is copied of the terms, their criteria in order) as they govern a day. Empty without signed terms."""
    terms = signed_terms(contract_id)
    version = (terms.on(day) or terms.latest) if terms else None
    eligibility = version.document.eligibility if version else None
    if version is None or eligibility is None:
        return {"version": version.number if version else None, "provisional_level": None}, ()
    decides = deciding([one.code for one in eligibility.criteria], eligibility.all_of)
    return (
        {"version": version.number, "provisional_level": eligibility.provisional_level},
        tuple(
            Criterion(one.code, one.text, one.evidence == "required", one.code in decides)
            for one in eligibility.criteria
        ),
    )


@dataclass(frozen=True)
class AnswerShown:
    answer: Answer
    files: tuple[AnswerEvidence, ...]


def answers_of(determination: Determination) -> tuple[AnswerShown, ...]:
    """The criteria in the order of the terms, with their files. Three queries."""
    files: dict[int, list[AnswerEvidence]] = {}
    linked = AnswerEvidence.objects.filter(determination=determination).order_by("pk")
    # that there is a file is no secret to whoever reads the answer
    for one in linked.prefetch_related(Prefetch("evidence", behind(Evidence.objects.all()))):
        files.setdefault(one.answer_id, []).append(one)
    return tuple(
        AnswerShown(answer, tuple(files.get(answer.pk, ())))
        for answer in Answer.objects.filter(determination=determination).order_by("position")
    )


def as_answered(shown: Iterable[AnswerShown]) -> list[Answered]:
    return [
        Answered(
            criterion=one.answer.criterion,
            text=one.answer.text,
            decides=one.answer.decides,
            needs_evidence=one.answer.needs_evidence,
            answer=one.answer.answer,
            reason=one.answer.reason,
            files=len(one.files),
        )
        for one in shown
    ]


def of_member(member_ids: Sequence[int]) -> QuerySet[Determination]:
    return Determination.objects.filter(member__in=member_ids).order_by("-begun_at", "-pk")
