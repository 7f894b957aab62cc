"""What a clinician needs to decide, on one screen. No cost stands here: intensity follows need."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from authorizations.models import Assessment, Decision, EntryKind, Outcome, Request
from authorizations.queries.shown_triggers import ShownTrigger, service_names, shown_triggers
from authorizations.rules.terms import CopiedTerms, read
from baseline.models import Activity
from blended_pilot.kernel.charts import Figure, figure
from eligibility.models import LevelSpan

COMPARED = 20
ACTIVITY_DAYS = 60
ACTIVITY_SHOWN = 25
DECISIONS_SHOWN = 10


@dataclass(frozen=True)
class Contacts:
    """Delivered work of the last days, and how much of it nobody had planned."""

    rows: Sequence[Activity]
    planned: int
    unplanned: int
    since: date
    left_out: int
    names: dict[str, str]


@dataclass(frozen=True)
class Compared:
    """What the last comparable requests of this provider were decided as. No names: consistency, not gossip."""

    rows: Sequence[Decision]
    counts: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Review:
    request: Request
    terms: CopiedTerms
    triggers: tuple[ShownTrigger, ...]
    assessments: Sequence[Assessment]
    trend: Figure | None
    levels: Sequence[LevelSpan]
    contacts: Contacts
    decisions: Sequence[Decision]
    compared: Compared
    questions: Sequence[Any]
    evidence: Sequence[Any]
    conflicts: Sequence[Any]


def review(request: Request, now: datetime) -> Review:
    """A constant number of queries. The request comes from `visible_to` with its member and contract."""
    terms = read(request.terms)
    today = terms.calendar.day_of(now)
    under = {"contract": request.contract_id, "member": request.member_id}
    assessments = list(
        Assessment.objects.filter(**under, withdrawn_at=None, superseded_by=None).order_by("assessed_on", "pk")
    )
    of_person = {"contract": request.contract_id, "request__member": request.member_id}
    decisions = Decision.objects.filter(**of_person).exclude(request=request).select_related("decided_by")
    return Review(
        request=request,
        terms=terms,
        triggers=shown_triggers(request.triggers, request.contract_id),
        assessments=assessments,
        trend=trend(assessments),
        levels=list(LevelSpan.objects.filter(**under).order_by("-starts_on")),
        contacts=_contacts(request, today),
        decisions=list(decisions.order_by("-decided_at", "-number")[:DECISIONS_SHOWN]),
        compared=compared(request),
        questions=list(request.questions.select_related("asked_by", "answered_by").order_by("asked_at")),
        evidence=list(request.evidence.select_related("evidence").order_by("pk")),
        conflicts=list(request.conflicts.select_related("user").order_by("pk")),
    )


def trend(assessments: Sequence[Assessment]) -> Figure | None:
    """Scores over time, a line for each instrument; None below two scores."""
    if len(assessments) < 2:
        return None
    rows = [
        {"on": one.assessed_on.isoformat(), "score": one.score, "instrument": one.instrument} for one in assessments
    ]
    first, last = assessments[0], assessments[-1]
    change = last.score - first.score
    finding = _("From %(first)s to %(last)s between %(from)s and %(to)s.") % {
        "first": first.score,
        "last": last.score,
        "from": date_format(first.assessed_on),
        "to": date_format(last.assessed_on),
    }
    spec = {
        "data": {"values": rows},
        "width": 420,
        "height": 140,
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "on", "type": "temporal", "title": None},
            "y": {"field": "score", "type": "quantitative", "title": _("Score"), "scale": {"zero": False}},
        },
    }
    if len({one.instrument for one in assessments}) > 1:
        spec["encoding"]["color"] = {"field": "instrument", "type": "nominal", "title": None}  # type: ignore[index]
    return figure(
        spec,
        title=_("Assessment scores, change %(change)+d") % {"change": change},
        finding=finding,
        header=[_("Day"), _("Instrument"), _("Score"), _("Suggests")],
        rows=[
            [date_format(one.assessed_on), f"{one.instrument} {one.version}", one.score, one.suggested_level]
            for one in assessments
        ],
    )


def _contacts(request: Request, today: date) -> Contacts:
    since = today - timedelta(days=ACTIVITY_DAYS)
    of_member = Activity.objects.standing().filter(
        contract=request.contract_id, member=request.member_id, occurred_on__gte=since
    )
    rows = list(of_member.order_by("-occurred_on", "-pk"))
    return Contacts(
        rows=rows[:ACTIVITY_SHOWN],
        planned=sum(row.planned and not row.attempted for row in rows),
        unplanned=sum(not row.planned and not row.attempted for row in rows),
        since=since,
        left_out=max(0, len(rows) - ACTIVITY_SHOWN),
        names=service_names(request.contract_id),
    )


def compared(request: Request) -> Compared:
    """Decisions by people on requests of the same kind, for the same level or service, under the same contract."""
    alike = Decision.objects.filter(
        contract=request.contract_id,
        request_kind=request.kind,
        requested_level=request.requested_level,
        service=request.service,
        automatic=False,
        kind__in=[EntryKind.DECISION, EntryKind.CONFIRMATION, EntryKind.SUPERSESSION],
        replaced_by=None,
    )
    rows = list(alike.exclude(request=request).order_by("-decided_at", "-pk")[:COMPARED])
    totals = Counter(row.outcome for row in rows)
    return Compared(rows, [(str(outcome.label), totals[outcome]) for outcome in Outcome if totals[outcome]])
