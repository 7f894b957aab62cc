"""Complaints and safety signals by group, against arithmetic that goes day by day."""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Role
from baseline.models import Event
from baseline.queries.events import by_group
from contracts.models import Contract
from eligibility.models import Assignment, CoverageSpan, LevelSpan
from tests.baseline.pilots import random_pilot, reviewed_contract
from tests.factories.accounts import person
from tests.factories.baseline import EventFactory

pytestmark = pytest.mark.django_db
MAY, TODAY = date(2026, 5, 1), date(2026, 5, 20)
FIRST, BEFORE = date(2026, 3, 1), date(2026, 6, 1)
DAYS = [FIRST + timedelta(days=number) for number in range((TODAY - FIRST).days + 1)]  # the last month is under way


@pytest.fixture
def contract() -> Contract:
    return reviewed_contract()


def holds(span: Any, day: date) -> bool:
    return span.starts_on <= day and (span.ends_before is None or day < span.ends_before)


def groups_on(member_id: int, day: date) -> dict[str, str | None] | None:
    """None on a day on which the member was not covered."""
    cover = next((one for one in CoverageSpan.objects.filter(member=member_id) if holds(one, day)), None)
    if cover is None:
        return None
    levels = [one for one in LevelSpan.objects.filter(member=member_id).order_by("starts_on") if one.starts_on <= day]
    led = Assignment.objects.filter(member=member_id, kind="lead")
    team = next((one.team_id for one in led if holds(one, day)), None)
    return {
        "all": None,
        "cohort": cover.cohort,
        "geography": cover.geography,
        "level": levels[-1].level if levels else "L1",
        "team": str(team) if team else None,
    }


@pytest.mark.parametrize("seed", range(2))
def test_every_group_s_time_and_events_are_what_plain_counting_finds(contract: Contract, seed: int) -> None:
    members = random_pilot(contract, seed)
    chance = random.Random(seed)  # noqa: S311
    covered: dict[tuple[str, Any], int] = defaultdict(int)
    counts: dict[tuple[str, Any, str], int] = defaultdict(int)
    for member in members:
        on = {day: found for day in DAYS if (found := groups_on(member.pk, day))}
        for found in on.values():
            for group in found.items():
                covered[group] += 1
        for day in chance.sample(sorted(on), min(2, len(on))):
            kind, severity = chance.choice(["complaint", "safety"]), chance.choice(["low", "severe"])
            closed = chance.random() < 0.5
            due = chance.choice([None, TODAY - timedelta(days=1), TODAY])
            team = on[day]["team"]
            EventFactory(
                contract=contract, member=member, kind=kind, severity=severity, occurred_on=day, due_on=due,
                closed_on=BEFORE if closed else None, team_id=int(team) if team else None,
            )  # fmt: skip
            for group in on[day].items():
                counts[*group, kind] += 1
                counts[*group, "severe"] += severity == "severe"
                counts[*group, "waiting"] += not closed
                counts[*group, "late"] += not closed and due is not None and due < TODAY

    found = by_group(contract, month=MAY, months=3, today=TODAY)

    assert Event.objects.count() > 20
    assert {(one.kind, one.key) for one in found} == {*covered}
    for one in found:
        group = (one.kind, one.key)
        assert one.member_months == Decimal(covered[group]) * 3 / (BEFORE - FIRST).days, group
        told = (one.complaints, one.safety, one.severe, one.waiting, one.late)
        asked = ("complaint", "safety", "severe", "waiting", "late")
        assert told == tuple(counts[*group, name] for name in asked), group


def test_both_sides_see_the_groups_and_the_teams_are_the_provider_s_alone(
    contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 5, 20, 12, tzinfo=UTC))
    member = random_pilot(contract, 1)[0]
    EventFactory(contract=contract, member=member, kind="complaint", occurred_on=date(2026, 4, 2))

    def titles(role: str, organisation: Any) -> list[str]:
        client = Client()
        client.force_login(person(role, organisation), backend=settings.AUTHENTICATION_BACKENDS[-1])
        answer = client.get(f"/activity/events/by-group/{contract.code}/")
        assert "1 complaint and 0 safety signals" in " ".join(answer.content.decode().split())
        return [title for title, _rows in answer.context["groups"]]

    groups = ["Everybody", "By cohort", "By geography", "By level"]
    assert titles(Role.QUALITY, contract.provider) == [*groups, "By team"]
    assert titles(Role.COMMISSIONER, contract.commissioner) == groups
