"""A request against the record and the terms: what the triggers say, and what is missing before it can be submitted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from authorizations.models import Outcome, Request, RequestKind, Status
from authorizations.queries import record as of_record
from authorizations.queries.record import Standing
from authorizations.rules.terms import CopiedTerms, copied
from authorizations.rules.triggers import Fact, Finding, Vouched, judged
from contracts.queries.terms import VersionTerms, signed_terms
from eligibility.models import Assignment, AssignmentKind
from eligibility.queries.determinations import completed

LEVEL_KINDS = (RequestKind.INITIAL, RequestKind.UPGRADE, RequestKind.STEP_DOWN, RequestKind.RENEWAL)
URGENT_KINDS = (RequestKind.INITIAL, RequestKind.UPGRADE, RequestKind.EPISODE)


@dataclass(frozen=True)
class AsItStands:
    """What a request would be submitted on: where the member stands on the day, and every trigger judged."""

    day: date
    standing: Standing
    findings: tuple[Finding, ...]
    team_id: int | None
    has_instruments: bool


def governing(contract_id: int, day: date) -> VersionTerms:
    """The signed version that governs a day; before the first one that one. Raises NoTerms."""
    terms = signed_terms(contract_id)
    return terms.on(day) or terms.latest


def terms_on(request: Request, moment: datetime) -> CopiedTerms:
    """The terms that a request received at `moment` is submitted under. Raises NoTerms."""
    first = signed_terms(request.contract_id).latest
    day = copied(first.document, version=first.number, digest=first.digest, urgency=request.urgency).calendar.day_of(
        moment
    )
    version = governing(request.contract_id, day)
    return copied(version.document, version=version.number, digest=version.digest, urgency=request.urgency)


def as_it_stands(request: Request, terms: CopiedTerms, moment: datetime) -> AsItStands:
    """Read from the record on the day of `moment`: what came later says nothing about what was asked then."""
    day = terms.calendar.day_of(moment)
    document = governing(request.contract_id, day).document
    standing = of_record.standing(request.contract_id, request.member_id, day, document)
    triggers = terms.authorization.triggers
    findings: list[Finding] = []
    if triggers is not None and request.kind == RequestKind.UPGRADE:
        known = of_record.record(
            request.contract_id, request.member_id, day, terms.authorization, of_record.costed_services(document)
        )
        findings = judged(triggers.list_, known, _vouched(request, day))
    team = (
        Assignment.objects.on(day)
        .filter(member=request.member_id, kind=AssignmentKind.LEAD)
        .values_list("team_id", flat=True)
        .first()
    )
    return AsItStands(day, standing, tuple(findings), team, bool(terms.authorization.instruments))


def _vouched(request: Request, day: date) -> dict[str, Vouched]:
    files: dict[str, list[Fact]] = {}
    if request.pk:
        for row in request.evidence.select_related("evidence").order_by("pk"):
            fact = Fact("evidence", row.evidence_id, day, row.evidence.file_name)
            files.setdefault(row.trigger, []).append(fact)
    return {code: Vouched(text, tuple(files.get(code, ()))) for code, text in request.attested.items()}


def shortcomings(request: Request, terms: CopiedTerms, shown: AsItStands) -> list[str]:
    """Everything that keeps a request from being submitted, one sentence each."""
    return [*_of_everybody(request, terms, shown), *_of_kind[RequestKind(request.kind)](request, terms, shown)]


def _of_everybody(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    if not shown.standing.covered:
        yield _("The member is not covered under this contract on %(day)s.") % {"day": date_format(shown.day)}
    if not request.grounds:
        yield _("Say why: the grounds are empty.")
    earliest = shown.day - timedelta(days=terms.authorization.retroactive_start_days)
    if request.starts_on < earliest:
        yield _("The start lies more than %(days)s days before receipt: %(day)s is the earliest.") % {
            "days": terms.authorization.retroactive_start_days,
            "day": date_format(earliest),
        }
    if request.urgent_start and not terms.authorization.urgent_start:
        yield _("This contract has no urgent start: support begins with the decision.")
    elif request.urgent_start and request.kind not in URGENT_KINDS:
        yield _("An urgent start is for a first level, an upgrade or an episode.")


def _level(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    level = request.requested_level
    if level not in terms.levels:
        yield _("The contract has no level %(level)s.") % {"level": level}
    most = terms.most_days(level)
    if most is not None and request.ends_before and (request.ends_before - request.starts_on).days > most:
        yield _("%(level)s may be given for at most %(days)s days.") % {"level": level, "days": most}
    if request.assessed_level and request.assessed_level != level:
        reasons = terms.authorization.reasons.difference
        if reasons and request.difference_reason not in reasons:
            yield _(
                "The assessment suggests %(assessed)s and %(level)s is asked for: choose the reason for the difference."
            ) % {"assessed": request.assessed_level, "level": level}
        if not request.difference_text:
            yield _("Say in words why %(level)s is asked for although the assessment suggests %(assessed)s.") % {
                "assessed": request.assessed_level,
                "level": level,
            }


def _initial(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    yield from _level(request, terms, shown)
    if completed(request.contract_id, request.member_id) is None:
        yield _("Nobody has determined that this person is eligible: complete a determination first.")
    if shown.standing.care_level:
        yield _(
            "A level was decided for this member already (%(level)s): ask for an upgrade, step-down or renewal."
        ) % {"level": shown.standing.care_level}
    if shown.has_instruments and request.assessment_id is None:
        yield _("A first level is asked for on an assessment: record one, or choose it here.")


def _upgrade(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    yield from _level(request, terms, shown)
    yield from _from_a_level(shown)
    care = shown.standing.care_level
    if care and not terms.is_below(care, request.requested_level):
        yield _("%(level)s is not above %(care)s, the level in force.") % {
            "level": request.requested_level,
            "care": care,
        }
    triggers = terms.authorization.triggers
    if triggers is None:
        return
    met = sum(finding.met for finding in shown.findings)
    if met < triggers.minimum:
        yield ngettext(
            "An upgrade needs at least %(minimum)s of the contract's triggers, and %(met)s of them is met.",
            "An upgrade needs at least %(minimum)s of the contract's triggers, and %(met)s of them are met.",
            met,
        ) % {"minimum": triggers.minimum, "met": met}
        for finding in shown.findings:
            if not finding.met:
                yield missing_sentence(finding)


def clock_words(terms: CopiedTerms) -> str:
    """How long the contract gives for the decision, in words; empty where it gives no time."""
    if terms.clock is None:
        return ""
    if terms.clock.hours is not None:
        return ngettext("%(number)s hour, elapsed", "%(number)s hours, elapsed", terms.clock.hours) % {
            "number": terms.clock.hours
        }
    days = terms.clock.days or 0
    if terms.clock.basis == "business":
        return ngettext("%(number)s business day", "%(number)s business days", days) % {"number": days}
    return ngettext("%(number)s calendar day", "%(number)s calendar days", days) % {"number": days}


def missing_sentence(finding: Finding) -> str:
    """Why a trigger is not met, with its code."""
    found = {"code": finding.code, "needed": finding.needed, "found": finding.found, "days": finding.within_days}
    if finding.evidence_missing:
        return _("%(code)s: attested, but its evidence is missing.") % found
    return {
        "activity_count": _("%(code)s: %(found)s of %(needed)s contacts within %(days)s days are in the record."),
        "score_rise": _("%(code)s: the score rose by %(found)s within %(days)s days, and %(needed)s is needed."),
        "follow_up_overdue": _("%(code)s: no follow-up is overdue by %(needed)s days or more."),
        "attested": _("%(code)s: nobody attests it."),
    }[finding.kind] % found


def _step_down(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    yield from _level(request, terms, shown)
    yield from _from_a_level(shown)
    care = shown.standing.care_level
    if care and not terms.is_below(request.requested_level, care):
        yield _("%(level)s is not below %(care)s, the level in force.") % {
            "level": request.requested_level,
            "care": care,
        }


def _renewal(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    yield from _level(request, terms, shown)
    yield from _from_a_level(shown)
    span = shown.standing.span
    if span is not None and span.level != request.requested_level:
        yield _("A renewal keeps the level %(level)s. To change it, ask for an upgrade or a step-down.") % {
            "level": span.level
        }
    elif span is not None and span.ends_before is None:
        yield _("%(level)s has no end: there is nothing to renew.") % {"level": span.level}


def _from_a_level(shown: AsItStands) -> Iterator[str]:
    if not shown.standing.care_level:
        yield _("No level was decided for this member yet: ask for a first one.")


def _episode(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    if request.service not in terms.services:
        yield _("%(service)s is no service of this contract that needs an authorisation.") % {
            "service": request.service or _("This")
        }
        return
    name = terms.services[request.service]
    units, days = terms.most_of_episode(request.service)
    if request.ends_before is None:
        yield _("Give the window: its last day is missing.")
    elif days is not None and (request.ends_before - request.starts_on).days > days:
        yield _("%(service)s may be given for at most %(days)s days at a time.") % {"service": name, "days": days}
    if units is not None and request.units is not None and request.units > units:
        yield _("%(service)s may be given for at most %(units)s units at a time.") % {
            "service": name,
            "units": f"{units.normalize():f}",
        }


def _reconsideration(request: Request, terms: CopiedTerms, shown: AsItStands) -> Iterator[str]:
    denied = request.reconsiders
    if denied is None or denied.outcome != Outcome.DENIED or denied.replaced_by.exists():
        yield _("Only a denial that stands can be reconsidered.")
        return
    last = terms.calendar.day_of(denied.decided_at) + timedelta(days=terms.reconsideration_days)
    if shown.day > last:
        yield _("Decision %(number)s could be reconsidered until %(day)s.") % {
            "number": denied.number,
            "day": date_format(last),
        }
    others = denied.reconsidered_by.exclude(pk=request.pk).exclude(status__in=[Status.DRAFT, Status.WITHDRAWN])
    if others.exists():
        yield _("Decision %(number)s has been reconsidered already.") % {"number": denied.number}


_of_kind = {
    RequestKind.INITIAL: _initial,
    RequestKind.UPGRADE: _upgrade,
    RequestKind.STEP_DOWN: _step_down,
    RequestKind.RENEWAL: _renewal,
    RequestKind.EPISODE: _episode,
    RequestKind.RECONSIDERATION: _reconsideration,
}
