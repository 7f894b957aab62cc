"""What a clinical lead decides, checked against the terms that were copied onto the request."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.models import Decision, Outcome, Request
from authorizations.rules.terms import CopiedTerms
from eligibility.models import CoverageSpan, LevelSpan

OTHER = "other"  # where the contract lists no reasons


@dataclass(frozen=True)
class Verdict:
    """A decision as a person gives it. `approve` with a level or units and a window; otherwise `deny_reason`."""

    approve: bool
    level: str = ""
    units: Decimal | None = None
    starts_on: date | None = None
    ends_before: date | None = None
    review_on: date | None = None
    difference_reason: str = ""
    difference_text: str = ""
    retroactive_reason: str = ""
    deny_reason: str = ""
    necessity: str = ""
    risk: str = ""
    criteria: str = ""


def tidy(verdict: Verdict, request: Request, terms: CopiedTerms) -> Verdict:
    """What was left open filled from the request and the terms, and what does not belong to the outcome left out."""
    words = {
        name: getattr(verdict, name).strip()
        for name in ("necessity", "risk", "criteria", "difference_text", "retroactive_reason")
    }
    if not verdict.approve:
        return Verdict(
            approve=False,
            deny_reason=verdict.deny_reason or ("" if terms.authorization.reasons.deny else OTHER),
            **{name: words[name] for name in ("necessity", "risk", "criteria")},
        )
    level = "" if request.service else verdict.level or request.requested_level
    review_on = verdict.review_on
    if review_on is None and verdict.ends_before is not None and verdict.starts_on is not None:
        before = verdict.ends_before - timedelta(days=terms.authorization.review_before_end_days or 1)
        review_on = max(before, verdict.starts_on)
    return replace(
        verdict,
        level=level,
        units=(verdict.units or request.units) if request.service else None,
        starts_on=verdict.starts_on or request.starts_on,
        review_on=review_on,
        deny_reason="",
        **words,
    )


def outcome_of(verdict: Verdict, request: Request) -> Outcome:
    if not verdict.approve:
        return Outcome.DENIED
    shorter = (
        request.ends_before is not None
        and verdict.ends_before is not None
        and verdict.ends_before < request.ends_before
    )
    as_asked = verdict.level == request.requested_level and verdict.units == request.units and not shorter
    return Outcome.APPROVED if as_asked else Outcome.CHANGED


def faults(verdict: Verdict, request: Request, terms: CopiedTerms, today: date) -> list[str]:
    """Everything that keeps a verdict from being entered, one sentence each."""
    found = [*_rationale(verdict)]
    if not verdict.approve:
        reasons = terms.authorization.reasons.deny
        if reasons and verdict.deny_reason not in reasons:
            found.append(_("Choose the reason for the denial."))
        return found
    found += _difference(verdict, request, terms)
    found += _start(verdict, request, terms)
    found += _episode(verdict, request, terms) if request.service else _level(verdict, request, terms, today)
    if verdict.ends_before is not None and verdict.starts_on and verdict.ends_before <= verdict.starts_on:
        found.append(_("The last day lies before the start."))
    elif verdict.review_on is not None and not _inside(verdict.review_on, verdict):
        found.append(_("The review date lies outside the time that is approved."))
    return found


def _inside(day: date, verdict: Verdict) -> bool:
    return (verdict.starts_on is None or day >= verdict.starts_on) and (
        verdict.ends_before is None or day <= verdict.ends_before
    )


def _rationale(verdict: Verdict) -> Iterator[str]:
    if not verdict.necessity:
        yield _("The rationale is incomplete: clinical necessity.")
    if not verdict.risk:
        yield _("The rationale is incomplete: risk.")
    if not verdict.criteria:
        yield _("The rationale is incomplete: criteria relied on.")


def _difference(verdict: Verdict, request: Request, terms: CopiedTerms) -> Iterator[str]:
    if outcome_of(verdict, request) != Outcome.CHANGED:
        return
    reasons = terms.authorization.reasons.difference
    if reasons and verdict.difference_reason not in reasons:
        yield _("This is not what was asked for: choose the reason for the difference.")
    if not verdict.difference_text:
        yield _("This is not what was asked for: say in words why.")


def _start(verdict: Verdict, request: Request, terms: CopiedTerms) -> Iterator[str]:
    if verdict.starts_on is None or request.received_at is None:
        yield _("Give the day on which it starts.")
        return
    received = terms.calendar.day_of(request.received_at)
    earliest = received - timedelta(days=terms.authorization.retroactive_start_days)
    if verdict.starts_on < earliest:
        yield _("A decision may take effect at most %(days)s days before receipt: %(day)s is the earliest start.") % {
            "days": terms.authorization.retroactive_start_days,
            "day": date_format(earliest),
        }
    elif verdict.starts_on < received and not verdict.retroactive_reason:
        yield _("The start lies before receipt: say why.")
    covered = CoverageSpan.objects.on(verdict.starts_on).filter(contract=request.contract_id, member=request.member_id)
    if not covered.exists():
        yield _("The member is not covered on %(day)s.") % {"day": date_format(verdict.starts_on)}


def _level(verdict: Verdict, request: Request, terms: CopiedTerms, today: date) -> Iterator[str]:
    if verdict.level not in terms.levels:
        yield _("The contract has no level %(level)s.") % {"level": verdict.level}
        return
    most = terms.most_days(verdict.level)
    if most is not None and verdict.ends_before is None:
        yield _("%(level)s is given for a time: at most %(days)s days.") % {"level": verdict.level, "days": most}
    elif most and verdict.starts_on and verdict.ends_before and (verdict.ends_before - verdict.starts_on).days > most:
        yield _("%(level)s may be given for at most %(days)s days.") % {"level": verdict.level, "days": most}
    held = _held(request, verdict.starts_on or today)
    notice = today + timedelta(days=terms.authorization.downgrade_notice_days)
    if held and terms.is_below(verdict.level, held) and verdict.starts_on and verdict.starts_on < notice:
        yield _("A step-down from %(held)s needs %(days)s days' notice: %(day)s is the earliest start.") % {
            "held": held,
            "days": terms.authorization.downgrade_notice_days,
            "day": date_format(notice),
        }


def _held(request: Request, day: date) -> str:
    """The care level up to a day: the one decided last."""
    span = (
        LevelSpan.objects.filter(contract=request.contract_id, member=request.member_id, starts_on__lte=day)
        .order_by("-starts_on")
        .first()
    )
    return span.level if span else ""


def _episode(verdict: Verdict, request: Request, terms: CopiedTerms) -> Iterator[str]:
    most_units, most_days = terms.most_of_episode(request.service)
    if verdict.units is None or verdict.units <= 0:
        yield _("Give the number of units.")
    elif request.units is not None and verdict.units > request.units:
        yield _("No more units can be approved than were asked for.")
    elif most_units is not None and verdict.units > most_units:
        yield _("The contract gives at most %(units)s units at a time.") % {"units": f"{most_units.normalize():f}"}
    if verdict.ends_before is None:
        yield _("Give the last day of the episode.")
    elif most_days is not None and verdict.starts_on and (verdict.ends_before - verdict.starts_on).days > most_days:
        yield _("The contract gives at most %(days)s days at a time.") % {"days": most_days}
    if verdict.starts_on and verdict.ends_before:
        clash = request.member.episodes.overlapping(
            contract_id=request.contract_id,
            service=request.service,
            starts_on=verdict.starts_on,
            ends_before=verdict.ends_before,
        ).first()
        if clash is not None:
            yield _("An episode of this service is authorised from %(day)s already.") % {
                "day": date_format(clash.starts_on)
            }


def same_as(verdict: Verdict, entry: Decision) -> bool:
    """Whether a verdict says what an automatic outcome said."""
    if not verdict.approve:
        return entry.outcome == Outcome.DENIED
    return (verdict.level, verdict.units, verdict.starts_on, verdict.ends_before) == (
        entry.level,
        entry.units,
        entry.starts_on,
        entry.ends_before,
    )
