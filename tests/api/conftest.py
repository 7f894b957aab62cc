"""How a program asks: with a token, or as a browser that is signed in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from accounts.operations.tokens import create
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import run
from contracts.models import Contract
from eligibility.models import Member
from tests.factories.accounts import MembershipFactory, person
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory, LevelSpanFactory, MemberFactory


class Program:
    """Asks with a token; bodies and replies are JSON."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self.client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)

    def send(self, path: str, raw: bytes) -> Any:
        return self.client.generic("POST", f"/api/v1/{path}", raw, content_type="application/json")


def program_of(user: User, scope: str = "sign") -> Program:
    now = datetime.now(UTC)
    _token, secret = create(actor=user, now=now, name="test", scope=scope, expires_at=now + timedelta(days=1))
    return Program(secret)


@pytest.fixture
def browser() -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client = Client(enforce_csrf_checks=True)
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        return client

    return sign_in


@dataclass(frozen=True)
class World:
    """A contract with members and delivered work, one program for each role on each side, and an outsider."""

    contract: Contract
    members: list[Member]
    provider: dict[str, Program]
    commissioner: dict[str, Program]
    outsider: Program


@pytest.fixture
def world(db: None) -> World:
    contract = signed_contract()
    members = [
        MemberFactory(organisation=contract.provider, reference=f"R-CANARY-{number}", family_name="Canary")
        for number in range(3)
    ]
    for member in members:
        CoverageSpanFactory(contract=contract, member=member)
        LevelSpanFactory(contract=contract, member=member, level="L2")
        AssignmentFactory(member=member)
        ActivityFactory(contract=contract, member=member)
        ActivityFactory(contract=contract, member=member, service="crisis_visit", units=2)
    return World(
        contract=contract,
        members=members,
        provider={role: program_of(person(role, contract.provider)) for role in Role.values},
        commissioner={role: program_of(person(role, contract.commissioner)) for role in Role.values},
        outsider=program_of(_somebody_of_a_like_contract()),
    )


def _somebody_of_a_like_contract() -> User:
    """Holds every role that matters, at the provider of another contract."""
    contract = signed_contract(
        code="OTHER",
        provider={"code": "other-care", "name": "Other care"},
        commissioner={"code": "other-county", "name": "Other county"},
    )
    user = person(Role.FINANCE, contract.provider)
    for role in (Role.INTAKE, Role.SUPERVISOR, Role.OPERATIONS):
        MembershipFactory(user=user, organisation=contract.provider, role=role)
    return user


@pytest.fixture
def work_off() -> Callable[[], list[Job]]:
    """Do every queued job."""

    def do() -> list[Job]:
        waiting = list(Job.objects.filter(status=Status.QUEUED).order_by("pk"))
        return [done for job in waiting if (done := run(job_id=job.pk, clock=timezone.now))]

    return do


@pytest.fixture
def closed_month(world: World, work_off: Callable[[], Any]) -> World:
    """January is closed by programs alone."""
    code = world.contract.code
    provider, commissioner = world.provider["finance"], world.commissioner["finance"]
    steps = [
        (provider, "cycles/", {"contract": code, "month": "2026-01"}),
        (provider, f"cycles/{code}/2026-01/calculate/", None),
        (provider, f"cycles/{code}/2026-01/submit/", None),
        (commissioner, f"cycles/{code}/2026-01/approve/", None),
        (commissioner, f"cycles/{code}/2026-01/close/", None),
    ]
    for program, path, body in steps:
        reply = program.post(path, body)
        assert reply.status_code in (200, 201, 202), (path, reply.content)
        for job in work_off():
            assert job.status == Status.DONE, job.error
    return world
