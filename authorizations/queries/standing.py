"""The standing figures: how requests are decided, how long it takes, and how alike teams decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Value

from authorizations.models import Decision, Outcome, RequestKind, Urgency
from authorizations.queries import sql
from authorizations.rules.standing import Bunching, bunching, counting_day
from blended_pilot.kernel.intervals import Share
from blended_pilot.kernel.scope import SYSTEM, acting
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Assignment, AssignmentKind, CoverageSpan, LevelSpan, Team


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


def _line(row: dict[str, Any]) -> Line:
    return Line(
        decided=row["decided"],
        approved=row["approved"],
        changed=row["changed"],
        denied=row["denied"],
        automatic=row["automatic"],
        after_extension=row["after_extension"],
        on_reconsideration=row["on_reconsideration"],
        approval=Share(row["approved"] + row["changed"], row["decided"]),
        in_time=Share(row["timely"], row["decided"]),
        mean_hours=row["mean_hours"],
        median_hours=row["median_hours"],
    )


NOTHING = Line(0, 0, 0, 0, 0, 0, 0, Share(0, 0), Share(0, 0), None, None)


@dataclass(frozen=True)
class Lines:
    """All decisions together; by kind of request and urgency, in the order in which the kinds are named; and by the
    team that members were with at submission, "" for those with none."""

    total: Line
    kinds: list[Slice]
    teams: list[Slice]


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def lines(entries: QuerySet[Decision]) -> Lines:
    """Every line in one walk through the decisions."""
    facts = entries.order_by().values(
        *("request_id", "request_kind", "urgency", "outcome", "automatic", "in_time", "decided_at", "received_at"),
        team=F("request__team"),
    )
    found = sql.rows_over("standing_lines", facts)
    names = Team.objects.in_bulk([row["team"] for row in found if row["team"] is not None])
    kinds, teams = RequestKind.values, {pk: team.name for pk, team in names.items()}
    by_kind = [Slice((row["request_kind"], row["urgency"]), _line(row)) for row in found if row["slice"] == "kind"]
    by_team = [Slice((teams.get(row["team"], ""),), _line(row)) for row in found if row["slice"] == "team"]
    return Lines(
        total=next((_line(row) for row in found if row["slice"] == "all" and row["decided"]), NOTHING),
        kinds=sorted(by_kind, key=lambda one: (kinds.index(one.key[0]), one.key[1] != Urgency.STANDARD)),
        teams=sorted(by_team, key=lambda one: (one.key == ("",), one.key)),
    )


@dataclass(frozen=True)
class LevelMix:
    """Members of one team by care level on a day; `shares` by level code, of all the team's members with a level."""

    team: str
    members: int
    shares: dict[str, Share]


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def level_mix(contract: Contract, on: date, levels: Sequence[str]) -> list[LevelMix]:
    """How the teams' covered members spread over the levels on one day, by the level decided for that day."""
    lead = Assignment.objects.filter(
        Q(ends_before=None) | Q(ends_before__gt=on),
        member=OuterRef("member"),
        kind=AssignmentKind.LEAD,
        starts_on__lte=on,
    )
    spans = LevelSpan.objects.filter(Q(ends_before=None) | Q(ends_before__gt=on), contract=contract, starts_on__lte=on)
    counted: dict[str, dict[str, int]] = {}
    covered = CoverageSpan.objects.on(on).filter(contract=contract, member=OuterRef("member"))
    rows = (
        spans.filter(Exists(covered))
        .annotate(team=lead.values("team__name")[:1])
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
    upgrades = entries.filter(request_kind=RequestKind.UPGRADE).order_by()
    facts = upgrades.values(
        "received_at", "decided_at", triggers=F("request__triggers"), zone=Value(contract.timezone, CharField())
    )
    [found] = sql.rows_over("standing_waits", facts)
    return Escalating(
        upgrades=found["upgrades"],
        dated=found["dated"],
        median_days_to_request=found["to_request"],
        median_days_to_decision=found["to_decision"],
    )


@acting(SYSTEM)  # a figure of the contract, the same for whoever may read it
def bunched(entries: QuerySet[Decision], contract: Contract) -> Bunching | None:
    """Whether upgrades begin just before the day that counts; None where the terms count by no single day."""
    signed = signed_terms(contract.pk)
    begun = entries.filter(request_kind=RequestKind.UPGRADE, starts_on__isnull=False).order_by()
    starts = list(begun.values_list("starts_on").annotate(upgrades=Count("pk")))
    if not signed or counting_day(signed.latest.document.settlement.member_month, date(2026, 1, 1)) is None:
        return None

    def rule(on: date) -> str:
        return str((signed.on(on) or signed.latest).document.settlement.member_month)

    return bunching({(start, counting_day(rule(start), start)): upgrades for start, upgrades in starts})


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
