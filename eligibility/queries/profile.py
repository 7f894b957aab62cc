"""One member's page: what is in force, the spans behind it, and the timeline that draws them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.permissions import sides
from blended_pilot.kernel.periods import DAY
from contracts.models import Contract
from contracts.queries.terms import signed_terms
from eligibility.models import Assignment, AssignmentKind, CoverageSpan, LevelSpan, Member
from eligibility.queries.assignments import of_member
from eligibility.queries.codes import Codes, codes
from eligibility.queries.members import contracts_of
from eligibility.rules.levels import Counted, Decided, Period, care_level, counted, unbroken_since
from eligibility.rules.timeline import Stretch, Timeline, drawn

MOST_TONES = 6  # colours of levels; a contract with more ranks repeats the strongest


@dataclass(frozen=True)
class UnderContract:
    """A member's time under one contract, as one reader may see it."""

    contract: Contract
    codes: Codes
    coverage: tuple[CoverageSpan, ...]
    levels: tuple[LevelSpan, ...]
    counted: tuple[Counted, ...]
    covered_now: CoverageSpan | None
    covered_since: date | None
    level_now: Counted | None  # the level that is paid
    care_now: str | None  # the level that expectations follow: it stands when the paid one has lapsed
    may_read_rationale: bool


@dataclass(frozen=True)
class Profile:
    member: Member
    today: date
    contracts: tuple[UnderContract, ...]
    assignments: tuple[Assignment, ...]
    lead: Assignment | None
    cover: Assignment | None
    timeline: Timeline | None


def today_in(contracts: Sequence[Contract], now: datetime) -> date:
    """The day it is under the first of the contracts; a list over several has to take one."""
    return now.astimezone(ZoneInfo(contracts[0].timezone)).date() if contracts else now.date()


def profile(user: Any, member: Member, now: datetime) -> Profile:
    """Everything that `user` may see of a member's time. The member comes from `visible_to`."""
    seen = list(contracts_of(user).filter(provider=member.organisation_id))
    today = today_in(seen, now)
    clinical = sides(user, "clinical.view")
    coverage = _by_contract(CoverageSpan.objects.visible_to(user).filter(member=member).order_by("starts_on"))
    levels = _by_contract(LevelSpan.objects.visible_to(user).filter(member=member).order_by("starts_on"))
    contracts = tuple(
        _under(
            contract,
            coverage.get(contract.pk, ()),
            levels.get(contract.pk, ()),
            today,
            contract.provider_id in clinical.provider or contract.commissioner_id in clinical.commissioner,
        )
        for contract in seen
        if contract.pk in coverage or contract.pk in levels
    )
    assignments = tuple(of_member(member.pk).visible_to(user))
    now_assigned = [row for row in assignments if Period(row.starts_on, row.ends_before).holds(today)]
    return Profile(
        member=member,
        today=today,
        contracts=contracts,
        assignments=assignments,
        lead=next((row for row in now_assigned if row.kind == AssignmentKind.LEAD), None),
        cover=next((row for row in now_assigned if row.kind == AssignmentKind.COVER), None),
        timeline=drawn(_lanes(contracts, assignments), today=today),
    )


def _by_contract(spans: Any) -> dict[int, tuple[Any, ...]]:
    found: dict[int, tuple[Any, ...]] = {}
    for span in spans.select_related("feed_run"):
        found[span.contract_id] = (*found.get(span.contract_id, ()), span)
    return found


def _under(
    contract: Contract,
    coverage: tuple[CoverageSpan, ...],
    levels: tuple[LevelSpan, ...],
    today: date,
    may_read_rationale: bool,
) -> UnderContract:
    terms = signed_terms(contract.pk)
    governing = (terms.on(today) or terms.latest).document if terms else None
    decided = [Decided(span.starts_on, span.ends_before, span.level) for span in levels]
    provisional = governing.provisional_level if governing else None
    stretches = counted(
        [Period(span.starts_on, span.ends_before) for span in coverage],
        decided,
        provisional=provisional,
        lapsed=governing.lapse_level if governing else None,
    )
    covered_now = next((span for span in coverage if Period(span.starts_on, span.ends_before).holds(today)), None)
    return UnderContract(
        contract=contract,
        codes=codes(terms),
        coverage=coverage,
        levels=levels,
        counted=tuple(stretches),
        covered_now=covered_now,
        covered_since=unbroken_since(coverage[: coverage.index(covered_now) + 1]) if covered_now else None,
        level_now=next((stretch for stretch in stretches if stretch.holds(today)), None) if covered_now else None,
        care_now=care_level(today, decided, provisional=provisional),
        may_read_rationale=may_read_rationale,
    )


def _lanes(
    contracts: Sequence[UnderContract], assignments: Sequence[Assignment]
) -> list[tuple[str, Sequence[Stretch]]]:
    lanes: list[tuple[str, Sequence[Stretch]]] = []
    for under in contracts:
        code = under.contract.code
        lanes.append(
            (_("Coverage, %(contract)s") % {"contract": code}, [_cover(under, span) for span in under.coverage])
        )
        lanes.append((_("Level, %(contract)s") % {"contract": code}, [_level(under, span) for span in under.counted]))
    if assignments:
        leads = [row for row in reversed(assignments) if row.kind == AssignmentKind.LEAD]
        lanes.append((_("Looked after by"), [_assigned(row) for row in leads]))
    return lanes


def _cover(under: UnderContract, span: CoverageSpan) -> Stretch:
    cohort = under.codes.cohorts.get(span.cohort, span.cohort)
    geography = under.codes.geographies.get(span.geography, span.geography)
    label = _("%(cohort)s, %(geography)s") % {"cohort": cohort, "geography": geography}
    return Stretch(span.starts_on, span.ends_before, label, "coverage", f"{label}: {period(span)}")


def _level(under: UnderContract, stretch: Counted) -> Stretch:
    name = under.codes.levels.get(stretch.level or "", stretch.level or _("none"))
    if stretch.origin == "decided":
        rank = min(under.codes.ranks.get(stretch.level or "", 1), MOST_TONES)
        label, tone = f"{stretch.level} {name}", f"level-{rank}"
    elif stretch.origin == "provisional":
        label, tone = _("%(level)s, provisional") % {"level": stretch.level or name}, "undecided"
    else:
        label, tone = _("%(level)s, lapsed") % {"level": stretch.level or name}, "undecided"
    title = f"{label}: {period(stretch)}"
    return Stretch(stretch.starts_on, stretch.ends_before, label, tone, title, short=stretch.level or "")


def _assigned(row: Assignment) -> Stretch:
    label = ", ".join(str(one) for one in (row.practitioner, row.team) if one)
    return Stretch(row.starts_on, row.ends_before, label, "carer", f"{label}: {period(row)}")


def period(span: Any) -> str:
    """A half-open span in words, with its last day."""
    first = date_format(span.starts_on)
    if span.ends_before is None:
        return _("since %(first)s") % {"first": first}
    return _("%(first)s to %(last)s") % {"first": first, "last": date_format(span.ends_before - DAY)}
