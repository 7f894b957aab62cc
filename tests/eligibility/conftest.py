"""Two providers under two commissioners, one member each, and everybody who may or may not see them."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from accounts.models import Role, User
from contracts.models import Contract
from eligibility.models import CoverageSpan, Member, Practitioner, Team
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import (
    CoverageSpanFactory,
    LevelSpanFactory,
    MemberFactory,
    PractitionerFactory,
    TeamFactory,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass
class World:
    """One contract with its member and staff."""

    contract: Contract
    member: Member
    coverage: CoverageSpan
    team: Team
    practitioner: Practitioner
    _people: dict[tuple[str, str], User] = field(default_factory=dict)

    def at_provider(self, role: str) -> User:
        return self._person("provider", role)

    def at_commissioner(self, role: str) -> User:
        return self._person("commissioner", role)

    def _person(self, side: str, role: str) -> User:
        if (side, role) not in self._people:
            self._people[side, role] = person(role, getattr(self.contract, side))
        return self._people[side, role]


def world(canary: str) -> World:
    contract = signed_contract(
        code=f"{canary}-CONTRACT",
        commissioner={"code": f"{canary}-county".lower(), "name": f"{canary} County"},
        provider={"code": f"{canary}-care".lower(), "name": f"{canary} Care"},
        pilot={"code": f"{canary}-pilot".lower(), "name": f"{canary} pilot"},
        eligibility={
            "provisional_level": "L1",
            "criteria": [
                {"code": "resident", "text": "Lives in the county", "evidence": "required"},
                {"code": "consent", "text": "Agreed to take part"},
                {"code": "extra", "text": "Something more"},
            ],
            "all_of": ["resident", "consent"],
            "referral_response_hours": {"routine": 120, "urgent": 24},
        },
    )
    provider = contract.provider
    member = MemberFactory(
        organisation=provider,
        reference=f"{canary}-REF",
        given_name=f"{canary}given",
        family_name=f"{canary}family",
        birth_date=date(1950, 2, 3),
    )
    coverage = CoverageSpanFactory(contract=contract, member=member)
    LevelSpanFactory(contract=contract, member=member, rationale=f"{canary}rationale")
    return World(
        contract=contract,
        member=member,
        coverage=coverage,
        team=TeamFactory(organisation=provider, name=f"{canary}team"),
        practitioner=PractitionerFactory(organisation=provider, reference=f"{canary}prac", name=f"{canary}carer"),
    )


def cells(page: str) -> list[str]:
    """What the cells of the page's table say, without markup."""
    body = page[page.index("<tbody") : page.index("</tbody>")]
    found = re.findall(r"<t[dh] [^>]*>(.*?)</t[dh]>", body, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in found]


@pytest.fixture
def ours(db: None) -> World:
    return world("OURS")


@pytest.fixture
def theirs(db: None) -> World:
    """Another provider under another commissioner: nothing of it may reach anybody of `ours`."""
    return world("CANARY")


@pytest.fixture
def supervisor(ours: World) -> User:
    return ours.at_provider(Role.SUPERVISOR)


@pytest.fixture
def intake(ours: World) -> User:
    return ours.at_provider(Role.INTAKE)
