"""The watch on the clocks: warnings, and what the contract does when nobody decided in time. Safe to run twice."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Role, User
from authorizations import lifecycle
from authorizations.models import Request, Status
from authorizations.operations import clockwork, telling
from authorizations.operations.decisions import enter, put_in_force
from authorizations.operations.moves import locked
from authorizations.operations.verdicts import OTHER, Verdict
from authorizations.queries.people import deputies_of, leads, supervisors, today_of
from authorizations.rules.clocks import used_percent, warnings_due
from authorizations.rules.terms import CopiedTerms, read
from blended_pilot.kernel.audit import recording
from contracts.operations.escalations import raise_

LATE_SIGN = "decision_late"


@dataclass(frozen=True)
class Watched:
    """What one look at the clocks did."""

    warned: int
    late: int


def watch(*, actor: User, now: datetime) -> Watched:
    """Every clock that has something to say by now, each in a transaction of its own."""
    waiting = Request.objects.waiting().filter(watch_at__lte=now).order_by("watch_at", "pk")
    warned = late = 0
    for request_id in list(waiting.values_list("pk", flat=True)):
        gave, was_late = look_at(request_id=request_id, actor=actor, now=now)
        warned += bool(gave)
        late += was_late
    return Watched(warned, late)


def look_at(*, request_id: int, actor: User, now: datetime) -> tuple[list[int], bool]:
    """One clock: the percents that were warned of, and whether lateness was acted on. Judged anew under the lock."""
    with recording(actor=actor, reason=_("Clock watched")):
        found = locked(request_id)
        if found.status not in lifecycle.OPEN or found.due_at is None or found.stopped_at or found.late_at:
            return [], False
        terms = read(found.terms)
        given = _warn(found, terms, now)
        is_late = now > found.due_at
        if is_late:
            found.late_at = now
            _LATE[terms.authorization.clocks.late](found, terms, actor, now)
        clockwork.watch(found, terms)
        found.save()
        return given, is_late


def _warn(request: Request, terms: CopiedTerms, now: datetime) -> list[int]:
    """The first percent tells the lead who has it (nobody: all of them), the later ones also deputies and supervisors.

    Several at once, after a pause of the watch, are told as the last of them.
    """
    assert request.received_at is not None  # what has a due time was received
    assert request.first_due_at is not None
    assert request.due_at is not None
    percents = sorted(terms.authorization.clocks.warn_at_percent)
    used = used_percent(
        received_at=request.received_at,
        first_due_at=request.first_due_at,
        due_at=request.due_at,
        effect=terms.effect,
        now=now,
    )
    given = warnings_due(percents, request.warned_percents, used)
    if given and now <= request.due_at:
        to = _first_told(request, now)
        if given[-1] != percents[0]:
            to += _also_told(request, now)
        telling.warned(request, to, given[-1], now)
    request.warned_percents = sorted({*request.warned_percents, *given})
    return given


def _first_told(request: Request, now: datetime) -> list[User]:
    return [request.assigned_to] if request.assigned_to else list(leads(request.contract, now))


def _also_told(request: Request, now: datetime) -> list[User]:
    told = list(supervisors(request.contract, now))
    if request.assigned_to_id:
        today = today_of(request.contract, now)
        told += deputies_of(request.assigned_to_id, request.organisation_id, today)
    return told


def _escalate(request: Request, terms: CopiedTerms, actor: User, now: datetime) -> None:
    raise_(
        contract_id=request.contract_id,
        sign=LATE_SIGN,
        subject=str(request),
        limit=_("decided by %(due)s") % {"due": telling.due_words(request)},
        figure=_("not decided in time"),
        recipients=[Role.CLINICAL_LEAD, Role.SUPERVISOR],
        due_on=terms.calendar.day_of(now) + timedelta(days=1),
        url=reverse("authorizations:review", args=[request.pk]),
        actor=actor,
        now=now,
    )  # which tells leads, supervisors and their deputies


def _deny(request: Request, terms: CopiedTerms, actor: User, now: datetime) -> None:
    _automatic(request, terms, Verdict(approve=False, deny_reason=OTHER), actor, now)


def _grant(request: Request, terms: CopiedTerms, actor: User, now: datetime) -> None:
    """As it was asked, within the contract's limits: not before receipt, not longer than it may be, with the notice."""
    assert request.received_at is not None
    starts_on = max(request.starts_on, terms.calendar.day_of(request.received_at))
    if terms.is_below(request.requested_level, request.current_level):
        notice = timedelta(days=terms.authorization.downgrade_notice_days)
        starts_on = max(starts_on, terms.calendar.day_of(now) + notice)
    ends_before = request.ends_before
    most = terms.most_of_episode(request.service)[1] if request.service else terms.most_days(request.requested_level)
    if most is not None:
        longest = starts_on + timedelta(days=most)
        ends_before = min(ends_before or longest, longest)
    if ends_before is not None and ends_before <= starts_on:
        ends_before = starts_on + timedelta(days=most or 1)
    verdict = Verdict(
        approve=True,
        level=request.requested_level,
        units=request.units,
        starts_on=starts_on,
        ends_before=ends_before,
    )
    _automatic(request, terms, verdict, actor, now)


def _automatic(request: Request, terms: CopiedTerms, verdict: Verdict, actor: User, now: datetime) -> None:
    """The contract's outcome: in force and in the register, and still in the queue."""
    entry = enter(request=request, verdict=verdict, terms=terms, actor=actor, now=now, automatic=True)
    if verdict.approve:
        put_in_force(entry=entry, request=request, actor=actor, now=now)
    request.status = Status.AUTOMATIC
    to = [*_first_told(request, now), *_also_told(request, now), request.requested_by]
    telling.given_by_contract(request, entry, to, now)


_LATE = {"escalate": _escalate, "deny": _deny, "grant": _grant}
