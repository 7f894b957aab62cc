"""Deciding: one entry in the register, and what it puts in force, in one transaction.

Two leads at once: the request is locked, so the second one meets a request that is decided and is told by whom.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from authorizations import lifecycle
from authorizations.models import Decision, EntryKind, Outcome, Request, Status
from authorizations.operations import telling
from authorizations.operations.distance import require_distance
from authorizations.operations.episodes import open_episode, take_back
from authorizations.operations.moves import locked, require_move
from authorizations.operations.verdicts import Verdict, faults, outcome_of, same_as, tidy
from authorizations.rules.terms import CopiedTerms, read
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from eligibility.operations.levels import NoLevelThere, set_level, void_level


class NotDecidable(Refused):
    """The verdict does not fit the terms; every reason is named."""


def decide(*, request_id: int, verdict: Verdict, actor: User, now: datetime) -> Decision:
    """Approve, approve otherwise, or deny; of an automatic outcome: confirm or replace it.

    Raises NotAllowed, AlreadyDecided (with who and when), NotInThisState, TooNear, NotDecidable.
    """
    with recording(actor=actor, reason=_("Decided")):
        found = locked(request_id)
        require_on(actor, "request.decide", found.contract, _("Only a clinical lead of the provider decides."))
        automatic = _automatic_entry(found)
        require_move(found, lifecycle.DECIDED)
        require_distance(request=found, actor=actor)
        terms = read(found.terms)
        verdict = tidy(verdict, found, terms)
        wrong = faults(verdict, found, terms, terms.calendar.day_of(now))
        if automatic is not None and same_as(verdict, automatic):
            wrong = [] if verdict.necessity and verdict.risk and verdict.criteria else wrong
        if wrong:
            raise NotDecidable(_("%(request)s cannot be decided like this.") % {"request": found}, wrong)
        entry = enter(request=found, verdict=verdict, terms=terms, actor=actor, now=now, automatic_before=automatic)
        confirms = entry.kind == EntryKind.CONFIRMATION
        if automatic is not None and not confirms:
            put_out_of_force(entry=automatic, actor=actor, now=now, why=_("Replaced by a clinical lead's decision"))
        if verdict.approve and not confirms:
            put_in_force(entry=entry, request=found, actor=actor, now=now)
        _close(found, now)
        telling.decided(found, entry, now)
        return entry


def enter(
    *,
    request: Request,
    verdict: Verdict,
    terms: CopiedTerms,
    actor: User,
    now: datetime,
    automatic: bool = False,
    automatic_before: Decision | None = None,
    supersedes: Decision | None = None,
    why: str = "",
) -> Decision:
    """The next entry of the contract's register, inside the transaction that decides the (locked) request.

    `supersedes` is a wrong entry that this one takes the place of, and `why` says what was wrong with it.
    """
    assert request.received_at is not None  # only what was submitted is decided
    kind = EntryKind.DECISION if supersedes is None else EntryKind.SUPERSESSION
    if automatic_before is not None:
        same = same_as(verdict, automatic_before)
        kind = EntryKind.CONFIRMATION if same else EntryKind.SUPERSESSION
        why = _("Confirms what the contract gave.") if same else _("Replaces what the contract gave.")
    given = asdict(verdict)
    given.pop("approve")
    return Decision.objects.create(
        organisation_id=request.organisation_id,
        contract=request.contract,
        member_id=request.member_id,
        request=request,
        number=next_number(request.contract_id),
        kind=kind,
        automatic=automatic,
        outcome=outcome_of(verdict, request),
        replaces=automatic_before or supersedes,
        replaces_reason=why,
        request_kind=request.kind,
        urgency=request.urgency,
        requested_by=request.requested_by,
        received_at=request.received_at,
        due_at=request.due_at,
        current_level=request.current_level,
        assessed_level=request.assessed_level,
        requested_level=request.requested_level,
        service=request.service,
        requested_units=request.units,
        decided_by=actor,
        decided_at=now,
        in_time=request.due_at is None or now <= request.due_at,
        terms=request.terms,
        evidence=_evidence(request),
        working=_working(request),
        **given,
    )


def put_in_force(*, entry: Decision, request: Request, actor: User, now: datetime) -> None:
    """Write the level or open the episode that an approval gives."""
    terms = read(request.terms)
    if request.service:
        open_episode(entry=entry, actor=actor, now=now)
        return
    assert entry.starts_on is not None  # an approval has a start
    assessment = request.assessment
    set_level(
        contract_id=request.contract_id,
        member_id=request.member_id,
        level=entry.level,
        starts_on=entry.starts_on,
        ends_before=entry.ends_before,
        decided_on=terms.calendar.day_of(now),
        decided_by=actor.name,
        rationale=entry.necessity or entry.difference_text or _("Given because nobody decided in time."),
        decision_no=entry.number,
        instrument=assessment.instrument if assessment else "",
        score=Decimal(assessment.score) if assessment else None,
        reason=_("Decision %(number)s") % {"number": entry.number},
        actor=actor,
        now=now,
    )


def put_out_of_force(*, entry: Decision, actor: User, now: datetime, why: str) -> None:
    """What an approval put in force, as if it had never been."""
    if entry.outcome not in (Outcome.APPROVED, Outcome.CHANGED):
        return
    if entry.service:
        take_back(entry=entry, actor=actor, now=now)
        return
    try:
        void_level(
            contract_id=entry.contract_id,
            member_id=entry.request.member_id,
            decision_no=entry.number,
            reason=why,
            actor=actor,
            now=now,
        )
    except NoLevelThere:
        if entry.request.member_id == entry.member_id:
            raise
        # the member was merged into one who had levels of their own on all of its days


def _close(request: Request, now: datetime) -> None:
    request.status = Status.DECIDED
    request.decided_at = now
    request.watch_at = None
    request.save()


def _automatic_entry(request: Request) -> Decision | None:
    if request.status != Status.AUTOMATIC:
        return None
    found: Decision = request.decisions.get(automatic=True, replaced_by=None)
    return found


def next_number(contract_id: int) -> int:
    """The trigger of the register takes the same lock and refuses any other number."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('authorizations.register', %s))", [contract_id])
    last = Decision.objects.filter(contract_id=contract_id).aggregate(last=Max("number"))["last"]
    return int(last or 0) + 1


def _evidence(request: Request) -> list[dict[str, Any]]:
    return [
        {
            "id": row.evidence_id,
            "file_name": row.evidence.file_name,
            "sha256": row.evidence.sha256,
            "size": row.evidence.size,
            "trigger": row.trigger,
        }
        for row in request.evidence.select_related("evidence").order_by("pk")
    ]


def _working(request: Request) -> dict[str, Any]:
    """What was known: the grounds, each trigger with its facts, the assessment, questions and answers, the clock."""
    assessment = request.assessment
    return {
        "grounds": request.grounds,
        "triggers": request.triggers,
        "urgent_start": request.urgent_start,
        "assessment": {
            "id": assessment.pk,
            "instrument": assessment.instrument,
            "version": assessment.version,
            "score": assessment.score,
            "flags": assessment.flags,
            "on": assessment.assessed_on.isoformat(),
            "suggested_level": assessment.suggested_level,
            "working": assessment.working,
        }
        if assessment
        else None,
        "difference": {"reason": request.difference_reason, "text": request.difference_text},
        "questions": [
            {
                "text": question.text,
                "asked_by": question.asked_by.name,
                "asked_at": question.asked_at.isoformat(),
                "effect": question.effect,
                "answer": question.answer,
                "answered_by": question.answered_by.name if question.answered_by else None,
                "answered_at": question.answered_at.isoformat() if question.answered_at else None,
            }
            for question in request.questions.select_related("asked_by", "answered_by").order_by("asked_at")
        ],
        "clock": {
            "received_at": request.received_at.isoformat() if request.received_at else None,
            "first_due_at": request.first_due_at.isoformat() if request.first_due_at else None,
            "due_at": request.due_at.isoformat() if request.due_at else None,
        },
    }
