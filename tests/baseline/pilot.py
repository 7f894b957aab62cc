"""A small pilot with every kind of service, a member at level L2, a practitioner and a supervisor."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from accounts.models import Role, User
from baseline.models import Activity
from baseline.operations import recording
from baseline.operations.recording import Entry
from contracts.models import Contract
from eligibility.models import Member, Practitioner
from tests.factories.accounts import person
from tests.factories.contracts import document, signed_contract
from tests.factories.eligibility import (
    AssignmentFactory,
    CoverageSpanFactory,
    LevelSpanFactory,
    MemberFactory,
    PractitionerFactory,
)

NOON = datetime(2026, 3, 10, 17, tzinfo=UTC)
TODAY = date(2026, 3, 10)

SERVICES: list[dict[str, Any]] = [
    {
        "code": "outreach",
        "name": "Outreach",
        "kind": "baseline",
        "unit": "contact",
        "template": [
            "purpose",
            "mode",
            "place",
            "minutes",
            "outcome",
            {"code": "mood", "label": "Mood", "type": "choice", "choices": ["low", "steady"]},
        ],
    },
    {"code": "plan", "name": "Care planning", "kind": "baseline", "unit": "contact"},
    {
        "code": "visit",
        "name": "Crisis visit",
        "kind": "episodic",
        "unit": "visit",
        "price": [{"from": "2026-02-01", "amount": "185.00"}],
        "criteria": [{"code": "acute", "text": "Acutely worse"}, {"code": "same_day", "text": "Seen the same day"}],
        "maximum": {"units": 3, "within_days": 30},
        "bundled_into": ["package"],
        "filing_limit_days": 20,
    },
    {
        "code": "package",
        "name": "Stabilization package",
        "kind": "episodic",
        "unit": "day",
        "price": "300.00",
        "authorization": "required",
    },
    {
        "code": "ride",
        "name": "Ride",
        "kind": "episodic",
        "unit": "trip",
        "price": "as_billed",
        "price_ceiling": "50.00",
    },
    {"code": "bed", "name": "Bed", "kind": "episodic", "unit": "night", "price": "100.00", "paid": False},
]
PACKAGE = [
    {"service": "outreach", "expected": {"L1": "1/month", "L2": "2/month", "L3": "1/week"}},
    {"service": "plan", "expected": {"L3": "1/month"}},
    {"service": "visit", "expected": {"L3": "1/month"}},
]
VISIT = Entry(service="visit", occurred_on=TODAY, criteria_met=("acute", "same_day"))
OUTREACH = Entry(service="outreach", occurred_on=TODAY)


@dataclass
class Pilot:
    contract: Contract
    member: Member
    practitioner: Practitioner
    carer: User
    supervisor: User

    def another_member(self) -> Member:
        member: Member = MemberFactory(organisation=self.contract.provider)
        CoverageSpanFactory(contract=self.contract, member=member)
        LevelSpanFactory(contract=self.contract, member=member, level="L2")
        AssignmentFactory(member=member, practitioner=self.practitioner)
        return member

    def record(self, entry: Entry = OUTREACH, *, now: datetime = NOON, **given: Any) -> Activity:
        """By the practitioner, for the member, unless said otherwise; keys of `Entry` change the entry."""
        actor = given.pop("actor", self.carer)
        member = given.pop("member", self.member)
        submission: UUID = given.pop("submission", None) or uuid4()
        [one] = recording.record(
            contract_id=self.contract.pk,
            member_ids=[member.pk],
            entry=replace(entry, **given),
            submission=submission,
            actor=actor,
            now=now,
        )
        return one

    def colleague(self, role: str = Role.SUPERVISOR) -> User:
        return person(role, self.contract.provider)


def terms(**overrides: Any) -> dict[str, Any]:
    """What `Pilot` is signed with."""
    return {
        "services": SERVICES,
        "baseline": {**document()["baseline"], "package": PACKAGE},
        "eligibility": {"provisional_level": "L1"},
        **overrides,
    }


def pilot(code: str = "PILOT", **overrides: Any) -> Pilot:
    contract = signed_contract(code=code, **terms(**overrides))
    carer = person(Role.PRACTITIONER, contract.provider, name="Cleo Carer")
    practitioner = PractitionerFactory(organisation=contract.provider, reference="cleo", user=carer)
    member = MemberFactory(organisation=contract.provider, given_name="Mia", family_name="Member")
    CoverageSpanFactory(contract=contract, member=member)
    LevelSpanFactory(contract=contract, member=member, level="L2", starts_on=date(2026, 2, 1))
    AssignmentFactory(member=member, practitioner=practitioner)
    return Pilot(contract, member, practitioner, carer, person(Role.SUPERVISOR, contract.provider, name="Sam Super"))


TWO = Decimal(2)
