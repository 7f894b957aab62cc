"""Levels in force, as decided in the product: set, ended, taken back.

Whoever decides (the register of authorizations) writes the member's timeline here and nowhere else. Spans are half-open
and never overlap. What a decision ends, comes back when the decision is voided.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.facts import hold_open
from contracts.queries.terms import signed_terms
from eligibility.models import LevelSpan, Member, Source
from eligibility.rules.levels import free_days


class UnknownLevel(Refused):
    """The terms do not know this level on the first day of the span."""


class NoSuchTime(Refused):
    """The last day lies before the first."""


class NoLevelThere(Refused):
    """There is no level in force to end, or no span of that decision."""


def set_level(
    *,
    contract_id: int,
    member_id: int,
    level: str,
    starts_on: date,
    ends_before: date | None,
    decided_on: date,
    decided_by: str,
    rationale: str,
    decision_no: int | None,
    actor: User,
    now: datetime,
    instrument: str = "",
    score: Decimal | None = None,
    reason: str = "",
) -> LevelSpan:
    """A level from its first day on, in place of whatever stood there.

    A span that began earlier ends on the day before and does not come back afterwards, nor does one that began on the
    same day: at the end of this one the level lapses until somebody decides. A span that begins inside goes; one that
    begins inside and runs on keeps its days after the end. Touching spans of the same level stay two: each is a
    decision of its own.

    Raises NotAllowed, UnknownLevel, NoSuchTime.
    """
    with recording(actor=actor, reason=reason or rationale):
        contract = _deciding(contract_id, member_id, actor)
        if ends_before is not None and ends_before <= starts_on:
            raise NoSuchTime(_("The last day of a level lies before its first."))
        _require_level(contract, level, starts_on)
        displaced = []
        for span in _overlapping(contract_id, member_id, starts_on, ends_before):
            if span.starts_on < starts_on:
                displaced.append(_taken(span, starts_on, span.ends_before))
                span.ends_before = starts_on
                span.save()
            elif (
                span.starts_on == starts_on
                or ends_before is None
                or (span.ends_before is not None and span.ends_before <= ends_before)
            ):
                displaced.append(_taken(span, span.starts_on, span.ends_before))
                span.delete()
            else:
                displaced.append(_taken(span, span.starts_on, ends_before))
                span.starts_on = ends_before
                span.save()
        return LevelSpan.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            member_id=member_id,
            level=level,
            starts_on=starts_on,
            ends_before=ends_before,
            source=Source.PRODUCT,
            decided_on=decided_on,
            decided_by=decided_by[:200],
            rationale=rationale,
            decision_no=decision_no,
            instrument=instrument,
            score=score,
            displaced=displaced,
        )


def end_level(
    *, contract_id: int, member_id: int, ends_before: date, reason: str, actor: User, now: datetime
) -> LevelSpan:
    """The level in force on the day before `ends_before` has no day from then on. Raises NotAllowed, NoLevelThere."""
    with recording(actor=actor, reason=reason):
        _deciding(contract_id, member_id, actor)
        ended = cut_from(contract_id=contract_id, member_id=member_id, day=ends_before)
        if not ended:
            raise NoLevelThere(
                _("No level is in force on %(day)s that could end before it.") % {"day": date_format(ends_before)}
            )
        return ended[0]


def void_level(
    *, contract_id: int, member_id: int, decision_no: int, reason: str, actor: User, now: datetime
) -> list[LevelSpan]:
    """Take a decision's level back as if it had never been; the days that it took from others go back to them.

    What was decided since keeps its days. Returns the spans that came back. Raises NotAllowed, NoLevelThere.
    """
    with recording(actor=actor, reason=reason):
        _deciding(contract_id, member_id, actor)
        spans = LevelSpan.objects.select_for_update().filter(contract_id=contract_id, member_id=member_id)
        voided = list(spans.filter(decision_no=decision_no))
        forgotten = _forget(spans.exclude(decision_no=decision_no), decision_no)
        if not voided and not forgotten:
            raise NoLevelThere(_("Decision %(number)d has set no level of this member.") % {"number": decision_no})
        for span in voided:
            span.delete()
        return [back for span in voided for taken in span.displaced or () for back in _give_back(span, taken)]


def cut_from(*, contract_id: int, member_id: int, day: date) -> list[LevelSpan]:
    """No decided level has a day from `day` on. Inside a transaction that holds the contract's facts open.

    The spans that ran over the day, shortened; those that began on it or later are gone.
    """
    ended = []
    for span in _overlapping(contract_id, member_id, day, None):
        if span.starts_on < day:
            span.ends_before = day
            span.save()
            ended.append(span)
        else:
            span.delete()
    return ended


def _deciding(contract_id: int, member_id: int, actor: User) -> Contract:
    """The contract, its facts held open, and the member locked against others who write the same timeline."""
    contract = hold_open(contract_id)
    if not actor.is_system:
        require_on(actor, "level.decide", contract, _("Only a clinical lead of the provider decides a level."))
    Member.objects.select_for_update().get(pk=member_id, organisation_id=contract.provider_id)
    return contract


def _require_level(contract: Contract, level: str, starts_on: date) -> None:
    terms = signed_terms(contract.pk)
    version = (terms.on(starts_on) or terms.latest) if terms else None
    if version is None or level not in {one.code for one in version.document.levels}:
        raise UnknownLevel(_("The contract has no level %(code)s.") % {"code": level})


def _overlapping(contract_id: int, member_id: int, starts_on: date, ends_before: date | None) -> list[LevelSpan]:
    spans = LevelSpan.objects.select_for_update().filter(contract_id=contract_id, member_id=member_id)
    if ends_before is not None:
        spans = spans.filter(starts_on__lt=ends_before)
    return [span for span in spans.order_by("starts_on") if span.ends_before is None or span.ends_before > starts_on]


# what a span keeps of itself when another decision takes its days
KEPT = ("level", "source", "feed_run_id", "decided_by", "rationale", "instrument", "decision_no", "displaced")


def _taken(span: LevelSpan, starts_on: date, ends_before: date | None) -> dict[str, Any]:
    """The days that a decision takes from a span, as that span, to be given back if the decision is voided."""
    return {
        "span": span.pk,
        "starts_on": starts_on.isoformat(),
        "ends_before": ends_before.isoformat() if ends_before else None,
        "decided_on": span.decided_on.isoformat(),
        "score": str(span.score) if span.score is not None else None,
        **{name: getattr(span, name) for name in KEPT},
    }


def _forget(spans: Any, decision_no: int) -> bool:
    """Later decisions that took days from a voided one give them back to those from whom that one had taken them."""
    found = False
    for span in spans:
        if any(taken["decision_no"] == decision_no for taken in span.displaced or ()):
            span.displaced = [
                inner
                for taken in span.displaced
                for inner in (taken["displaced"] or () if taken["decision_no"] == decision_no else [taken])
            ]
            span.save()
            found = True
    return found


def _give_back(voided: LevelSpan, taken: dict[str, Any]) -> list[LevelSpan]:
    """The days that a voided decision took, as the span from which it took them; days that others hold by now stay."""
    of_member = {"contract_id": voided.contract_id, "member_id": voided.member_id}
    living = list(LevelSpan.objects.filter(**of_member).order_by("starts_on"))
    ends_before = date.fromisoformat(taken["ends_before"]) if taken["ends_before"] else None
    returned = []
    for first, before in free_days(date.fromisoformat(taken["starts_on"]), ends_before, living):
        touching = next(
            (span for span in living if span.pk == taken["span"] and first == span.ends_before),
            None,
        ) or next((span for span in living if span.pk == taken["span"] and before == span.starts_on), None)
        span = touching or LevelSpan(
            **of_member,
            organisation_id=voided.organisation_id,
            decided_on=date.fromisoformat(taken["decided_on"]),
            score=Decimal(taken["score"]) if taken["score"] is not None else None,
            **{name: taken[name] for name in KEPT},
        )
        span.starts_on = min(first, span.starts_on) if touching else first
        if touching is None or first == span.ends_before:
            span.ends_before = before
        span.save()
        returned.append(span)
    return returned
