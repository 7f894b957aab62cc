"""A pilot made by chance, the same for the same seed: members who come, move and leave, and what was done for them."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

from baseline.operations.follow_ups import refresh
from contracts.models import Contract
from eligibility.models import Member
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import MINIMAL_DOCUMENT, signed_contract
from tests.factories.eligibility import (
    AssignmentFactory,
    CoverageSpanFactory,
    LevelSpanFactory,
    MemberFactory,
    PractitionerFactory,
    TeamFactory,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PACKAGE = [
    {"service": "outreach", "expected": {"L1": "1/month", "L2": "2/month", "L3": "1/week"}},
    {"service": "care_plan", "expected": {"L1": "1/half_year", "L2": "1/quarter"}},
]
SERVICES = [
    *MINIMAL_DOCUMENT["services"],
    {"code": "care_plan", "name": "Care planning", "kind": "baseline", "unit": "contact", "follow_up_days": 5},
    {"code": "ward", "name": "Ward day", "kind": "episodic", "unit": "day", "price": "as_billed", "paid": False},
]


def reviewed_contract(**more: Any) -> Contract:
    """With a package, follow-ups and the gate for weekly reviews."""
    return signed_contract(
        services=SERVICES,
        baseline={**MINIMAL_DOCUMENT["baseline"], "package": PACKAGE},
        eligibility={"provisional_level": "L1"},
        gates=[{"code": "caseload_reviewed", "holds": "nothing"}],
        **more,
    )


def covered(contract: Contract, **more: Any) -> Member:
    member = MemberFactory(organisation=contract.provider)
    CoverageSpanFactory(contract=contract, member=member, **more)
    return member


def random_pilot(contract: Contract, seed: int) -> list[Member]:
    chance = random.Random(seed)  # noqa: S311
    teams = [TeamFactory(organisation=contract.provider) for _number in range(2)]
    people = [PractitionerFactory(organisation=contract.provider) for _number in range(2)]
    members = []
    for _number in range(25):
        member = MemberFactory(organisation=contract.provider)
        start = date(2025, 9, 1) + timedelta(days=chance.randrange(280))
        left = chance.random() < 0.3
        CoverageSpanFactory(
            contract=contract,
            member=member,
            starts_on=start,
            ends_before=start + timedelta(days=chance.randrange(10, 200)) if left else None,
        )
        day = start + timedelta(days=chance.randrange(40))
        for _change in range(chance.randrange(3)):
            end = day + timedelta(days=chance.randrange(5, 90))
            LevelSpanFactory(
                contract=contract,
                member=member,
                level=chance.choice(["L1", "L2", "L3"]),
                starts_on=day,
                ends_before=end,
            )
            day = end + timedelta(days=chance.randrange(10))
        if chance.random() < 0.8:
            AssignmentFactory(
                member=member,
                team=chance.choice([*teams, None]),
                practitioner=chance.choice(people),
                starts_on=start + timedelta(days=chance.randrange(30)),
            )
        for _contact in range(chance.randrange(25)):
            one = ActivityFactory(
                contract=contract,
                member=member,
                service=chance.choice(["outreach", "care_plan", "crisis_visit", "ward"]),
                occurred_on=start + timedelta(days=chance.randrange(280)),
                planned=chance.random() < 0.8,
                attempted=chance.random() < 0.1,
                minutes=chance.choice([None, 20, 45]),
            )
            if chance.random() < 0.1:
                ActivityFactory(
                    contract=contract,
                    member=member,
                    service=one.service,
                    occurred_on=one.occurred_on,
                    planned=one.planned,
                    reverses=one.activity_ref,
                )
        members.append(member)
    refresh(contract_id=contract.pk, actor=None, now=NOON)
    return members
