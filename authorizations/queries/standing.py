"""The standing figures: how requests are decided, how long it takes, and how alike teams decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, Avg, Count, Exists, ExpressionWrapper, F, FloatField, OuterRef, Q, QuerySet
from django.db.models.functions import Extract

from authorizations.models import Decision, Outcome, Request, RequestKind, Urgency
from authorizations.rules.standing import Bunching, bunching, counting_day, days_from_first_trigger
from blended_pilot.kernel.intervals import Share
from blended_pilot.kernel.scope import SYSTEM, acting
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Assignment, AssignmentKind, LevelSpan


class Median(Aggregate):
    """The middle value; with an even number of them the mean of the two in the middle."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True)
class Line:
    """The decisions of one slice. Shares are of `decided`; hours run from receipt to decision, pauses included."""

    decided: int
    approved: int
    changed: int
    denied: int
    automatic: int
    after_extension: int  # approved after a question that moved the due time
    on_reconsideration: int  # approved on reconsideration of a denial
    approval: Share
    in_time: Share
    mean_hours: float | None
    median_hours: float | None


@dataclass(frozen=True)
class Slice:
    """A line with what it is about: kind and urgency, or a team."""

    key: tuple[str, ...]
    line: Line


def decided(entries: QuerySet[Decision], contract: Contract, first: date, before: date) -> QuerySet[Decision]:
    """Standing entries decided on [first, before) in the contract's timezone: neither voided nor superseded."""
    zone = ZoneInfo(contract.timezone)
    begin, end = (datetime.combine(day, time.min, zone) for day in (first, before))
    inside = entries.filter(contract=contract, decided_at__gte=begin, decided_at__lt=end)
    return inside.standing().exclude(outcome=Outcome.VOID)  # type: ignore[attr-defined]


def _lines(entries: QuerySet[Decision], *keys: str) -> list[dict[str, Any]]:
    approved = Q(outcome__in=[Outcome.APPROVED, Outcome.CHANGED])
    extended = Request.objects.filter(pk=OuterRef("request"), questions__effect="extend")
    hours = ExpressionWrapper(Extract(F("decided_at") - F("received_at"), "epoch") / 3600.0, output_field=FloatField())
    grouped = entries.annotate(extended=Exists(extended), hours=hours).values(*keys)
    return list(
        grouped.annotate(
            decided=Count("pk"),
            approved=Count("pk", filter=Q(outcome=Outcome.APPROVED)),
            changed=Count("pk", filter=Q(outcome=Outcome.CHANGED)),
            denied=Count("pk", filter=Q(outcome=Outcome.DENIED)),
            was_automatic=Count("pk", filter=Q(automatic=True)),
            after_extension=Count("pk", filter=approved & Q(extended=True)),
            on_reconsideration=Count("pk", filter=approved & Q(request_kind=RequestKind.RECONSIDERATION)),
            timely=Count("pk", filter=Q(in_time=True)),
            mean_hours=Avg("hours"),
            median_hours=Median("hours"),
        ).order_by(*keys)
    )


def _line(row: dict[str, Any]) -> Line:
    return Line(
        decided=row["decided"],
        approved=row["approved"],
        changed=row["changed"],
        denied=row["denied"],
        automatic=row["was_automatic"],
        after_extension=row["after_extension"],
        on_reconsideration=row["on_reconsideration"],
        approval=Share(row["approved"] + row["changed"], row["decided"]),
        in_time=Share(row["timely"], row["decided"]),
        mean_hours=row["mean_hours"],
        median_hours=row["median_hours"],
    )


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def overall(entries: QuerySet[Decision]) -> Line:
    """All of them together."""
    rows = _lines(entries.annotate(everything=F("contract")), "everything")
    return _line(rows[0]) if rows else Line(0, 0, 0, 0, 0, 0, 0, Share(0, 0), Share(0, 0), None, None)


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def by_kind(entries: QuerySet[Decision]) -> list[Slice]:
    """One line for each kind of request and urgency, in the order in which the kinds are named."""
    order = {kind: place for place, kind in enumerate(RequestKind.values)}
    rows = sorted(
        _lines(entries, "request_kind", "urgency"),
        key=lambda row: (order[row["request_kind"]], row["urgency"] != Urgency.STANDARD),
    )
    return [Slice((row["request_kind"], row["urgency"]), _line(row)) for row in rows]


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def by_team(entries: QuerySet[Decision]) -> list[Slice]:
    """One line for each team that members were with at submission; "" for those with none."""
    return [Slice((row["request__team__name"] or "",), _line(row)) for row in _lines(entries, "request__team__name")]


@dataclass(frozen=True)
class LevelMix:
    """Members of one team by care level on a day; `shares` by level code, of all the team's members with a level."""

    team: str
    members: int
    shares: dict[str, Share]


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def level_mix(contract: Contract, on: date, levels: Sequence[str]) -> list[LevelMix]:
    """How the teams' members spread over the levels on one day, by the level decided for that day."""
    lead = Assignment.objects.filter(
        Q(ends_before=None) | Q(ends_before__gt=on),
        member=OuterRef("member"),
        kind=AssignmentKind.LEAD,
        starts_on__lte=on,
    )
    spans = LevelSpan.objects.filter(Q(ends_before=None) | Q(ends_before__gt=on), contract=contract, starts_on__lte=on)
    counted: dict[str, dict[str, int]] = {}
    rows = (
        spans.annotate(team=lead.values("team__name")[:1])
        .values("team", "level")
        .annotate(members=Count("member", distinct=True))
        .order_by("team", "level")
    )
    for row in rows:
        counted.setdefault(row["team"] or "", {})[row["level"]] = row["members"]
    return [
        LevelMix(team, members, {level: Share(found.get(level, 0), members) for level in levels})
        for team, found, members in ((team, found, sum(found.values())) for team, found in counted.items())
    ]


@dataclass(frozen=True)
class Escalating:
    """Upgrades decided in the period: days from the first trigger met to the request, and from it to the decision."""

    upgrades: int
    dated: int  # those whose record gives a day for a trigger: attested ones alone have none before the request
    median_days_to_request: float | None
    median_days_to_decision: float | None


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def escalating(entries: QuerySet[Decision], contract: Contract) -> Escalating:
    """From what was stored with each upgrade at its submission."""
    zone = ZoneInfo(contract.timezone)
    upgrades = entries.filter(request_kind=RequestKind.UPGRADE).values_list(
        "request__triggers", "received_at", "decided_at"
    )
    waits = [
        days_from_first_trigger(triggers, received.astimezone(zone).date(), decided_at.astimezone(zone).date())
        for triggers, received, decided_at in upgrades
    ]
    known = [wait for wait in waits if wait is not None]
    return Escalating(
        upgrades=len(waits),
        dated=len(known),
        median_days_to_request=_median([to_request for to_request, _ in known]),
        median_days_to_decision=_median([to_decision for _, to_decision in known]),
    )


def _median(values: Sequence[int]) -> float | None:
    ordered, half = sorted(values), len(values) // 2
    if not ordered:
        return None
    return float(ordered[half]) if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def bunched(entries: QuerySet[Decision], contract: Contract) -> Bunching | None:
    """Whether upgrades begin just before the day that counts; None where the terms count by no single day."""
    signed = signed_terms(contract.pk)
    begun = entries.filter(request_kind=RequestKind.UPGRADE).values_list("starts_on", flat=True)
    starts = [start for start in begun if start is not None]
    if not signed or counting_day(signed.latest.document.settlement.member_month, date(2026, 1, 1)) is None:
        return None

    def rule(on: date) -> str:
        return str((signed.on(on) or signed.latest).document.settlement.member_month)

    return bunching([(start, counting_day(rule(start), start)) for start in starts])


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def left_out(entries: QuerySet[Decision], contract: Contract, first: date, before: date) -> int:
    """Entries decided in the period that a later one voided or superseded."""
    zone = ZoneInfo(contract.timezone)
    begin, end = (datetime.combine(day, time.min, zone) for day in (first, before))
    inside = entries.filter(contract=contract, decided_at__gte=begin, decided_at__lt=end)
    return inside.filter(replaced_by__isnull=False).count()


def last_year(today: date) -> tuple[date, date]:
    """The default period: twelve months that end with the current one, as [first, before)."""
    before = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return before.replace(year=before.year - 1), before
