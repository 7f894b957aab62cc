"""Every address, by every role on both sides and by another organisation, with the policy table as the judge."""

import json

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.doors import SIGNED_IN
from accounts.models import AccessEntry, Role
from accounts.permissions import POLICY
from contracts.models import FeedRun
from eligibility.models import Assignment
from tests.api.conftest import World
from tests.factories.baseline import VerificationBatchFactory
from variance.models import Cycle, LedgerEntry, Statement

pytestmark = pytest.mark.django_db

READS = {
    "me/": (SIGNED_IN, 200),
    "schema/": (SIGNED_IN, 200),
    "docs/": (SIGNED_IN, 200),
    "jobs/": ("job.view", 200),
    "jobs/{job}/": ("job.view", 404),
    "contracts/": ("contract.view", 200),
    "contracts/{code}/": ("contract.view", 404),
    "contracts/{code}/versions/": ("contract.view", 404),
    "contracts/{code}/versions/1/": ("contract.view", 404),
    "contracts/{code}/versions/1/document/": ("contract.view", 404),
    "feeds/": ("feed.view", 200),
    "feeds/{feed}/": ("feed.view", 404),
    "feeds/{feed}/rejects/": ("feed.view", 404),
    "members/": ("member.view", 200),
    "members/{member}/": ("member.view", 404),
    "members/{member}/assignments/": ("team.view", 404),
    "activity/": ("activity.view", 200),
    "activity/{activity}/": ("activity.view", 404),
    "verification/": ("activity.verification", 200),
    "verification/lists/": ("activity.verification", 200),
    "verification/lists/{batch}/": ("activity.verification", 404),
    "contracts/{code}/versions/1/included/": ("contract.view", 404),
    "cycles/": ("cycle.view", 200),
    "cycles/{code}/2026-01/": ("cycle.view", 404),
    "cycles/{code}/2026-01/lines/": ("cycle.view", 404),
    "cycles/{code}/2026-01/rows/": ("cycle.view", 404),
    "cycles/{code}/2026-01/gates/": ("cycle.view", 404),
    "cycles/{code}/2026-01/unpaid/": ("cycle.view", 404),
    "cycles/{code}/2026-01/exceptions/": ("cycle.view", 404),
    "ledger/": ("cycle.view", 200),
    "ledger/{entry}/": ("cycle.view", 404),
    "unpaid/": ("cycle.view", 200),
    "statements/": ("cycle.view", 200),
    "statements/{statement}/": ("cycle.view", 404),
    "statements/{statement}/lines/": ("cycle.view", 404),
}
WRITES = {
    "contracts/": "contract.load",
    "contracts/{code}/versions/1/sign/": "contract.sign",
    "contracts/{code}/versions/1/align/": "contract.align",
    "contracts/{code}/versions/1/withdraw/": "contract.load",
    "feeds/": "feed.upload",
    "feeds/{feed}/apply/": "feed.upload",
    "feeds/{feed}/discard/": "feed.upload",
    "contracts/{code}/versions/1/read/": "included.confirm",
    "activity/record/": "activity.record",
    "activity/forecast/": "activity.record",
    "activity/{activity}/correct/": "activity.record",
    "activity/{activity}/reverse/": "activity.record",
    "activity/{activity}/verify/": "activity.verify",
    "activity/{activity}/send-back/": "activity.verify",
    "verification/lists/": "activity.verify",
    "verification/lists/{batch}/confirm/": "activity.verify",
    "cycles/": "cycle.run",
    "cycles/{code}/2026-01/calculate/": "cycle.run",
    "cycles/{code}/2026-01/submit/": "cycle.prepare",
    "cycles/{code}/2026-01/approve/": "cycle.approve",
    "cycles/{code}/2026-01/close/": "cycle.run",
    "cycles/{code}/2026-01/send-back/": "cycle.prepare",
}
BODIES = {"contracts/{code}/versions/1/withdraw/": {"reason": "x"}, "cycles/{code}/2026-01/send-back/": {"reason": "x"}}


def shapes() -> set[str]:
    """Every address below /api/v1/ as the tables above write it."""

    def walk(resolver: URLResolver, before: str) -> list[str]:
        found = []
        for one in resolver.url_patterns:
            path = before + str(one.pattern)
            found += walk(one, path) if isinstance(one, URLResolver) else [path] if isinstance(one, URLPattern) else []
        return found

    names = {"<str:code>": "{code}", "<str:month>": "2026-01", "<int:number>": "1"}
    ids = {"jobs": "job", "feeds": "feed", "members": "member", "activity": "activity", "ledger": "entry"}
    ids["verification"] = "batch"
    shaped = set()
    for path in walk(get_resolver(), ""):
        if path.startswith("api/v1/"):
            shape = path.removeprefix("api/v1/")
            for pattern, name in names.items():
                shape = shape.replace(pattern, name)
            shape = shape.replace("<int:pk>", f"{{{ids.get(shape.split('/')[0], 'statement')}}}")
            shaped.add(shape)
    return shaped


@pytest.fixture
def ids(closed_month: World) -> dict[str, object]:
    world = closed_month
    feed = FeedRun.objects.create(
        contract=world.contract,
        organisation=world.contract.provider,
        kind="roster",
        file_name="roster.csv",
        sha256="0" * 64,
        size=1,
        uploaded_at=world.contract.versions.get().signed_at,
    )
    from_cycle = Cycle.objects.get()
    return {
        "code": world.contract.code,
        "batch": VerificationBatchFactory(contract=world.contract).pk,
        "feed": feed.pk,
        "member": world.members[0].pk,
        "activity": world.members[0].activity.first().pk,
        "entry": LedgerEntry.objects.first().pk,
        "statement": Statement.objects.get(cycle=from_cycle).pk,
        "job": world.provider["finance"].get("jobs/").json()["results"][-1]["id"],
    }


def answers_to(action: str, side: str, role: str, outside: int) -> int:
    """What a person with `role` on `side` of the contract gets when they ask for something of it.

    The door asks whether the role may at all, on whichever side; then `visible_to` leaves what this side may see.
    """
    if action == SIGNED_IN or role in getattr(POLICY[action], side):
        return 200
    return outside if at_the_door(action, role) else 403


def at_the_door(action: str, role: str) -> bool:
    return role in POLICY[action].provider | POLICY[action].commissioner


def test_every_address_is_in_a_table():
    assert shapes() == READS.keys() | WRITES.keys()


def test_every_read_is_for_the_roles_that_the_policy_names_and_for_nobody_elses_organisation(closed_month, ids):
    wrong = []
    for shape, (action, outside) in READS.items():
        path = shape.format(**ids)
        for side in ("provider", "commissioner"):
            for role in Role.values:
                reply = getattr(closed_month, side)[role].get(path)
                wanted = answers_to(action, side, role, outside)
                if shape == "jobs/{job}/" and side == "commissioner":
                    wanted = 404  # the job is the provider's, and another asked for it
                told = action != SIGNED_IN and role not in getattr(POLICY[action], side) and b"CANARY" in reply.content
                if reply.status_code != wanted or told:
                    wrong.append((path, side, role, reply.status_code, wanted))
        reply = closed_month.outsider.get(path)
        if reply.status_code != outside or b"CANARY" in reply.content:
            wrong.append((path, "outsider", reply.status_code, outside))
        if Client().get(f"/api/v1/{path}").status_code != 401:
            wrong.append((path, "anonymous"))
    assert wrong == []


def test_every_write_is_for_the_roles_that_the_policy_names_and_for_nobody_elses_organisation(closed_month, ids):
    before = counts()
    wrong = []
    for shape, action in WRITES.items():
        path, body = shape.format(**ids), BODIES.get(shape)
        for side in ("provider", "commissioner"):
            for role in set(Role.values) - getattr(POLICY[action], side):
                reply = getattr(closed_month, side)[role].post(path, body)
                # a role that may on the other side passes the door, and is stopped at the contract or its own body
                inside = {403, 404} if "{" in shape else {403, 404, 415, 422}
                if reply.status_code not in (inside if at_the_door(action, role) else {403}):
                    wrong.append((path, side, role, reply.status_code))
        if "{" in shape and closed_month.outsider.post(path, body).status_code != 404:
            wrong.append((path, "outsider"))
        if Client().post(f"/api/v1/{path}").status_code != 401:
            wrong.append((path, "anonymous"))
    assert wrong == []
    assert counts() == before


def counts() -> list[int]:
    return [model.objects.count() for model in (Cycle, LedgerEntry, Statement, FeedRun, Assignment)]


def test_a_commissioner_meets_pseudonyms_everywhere(closed_month, ids):
    program = closed_month.commissioner["commissioner"]
    for shape in READS:
        assert b"CANARY" not in program.get(shape.format(**ids)).content.upper(), shape


def test_whoever_is_told_an_identity_is_in_the_access_log(closed_month, ids):
    member = closed_month.members[0]
    told = []
    for shape in READS:
        latest = AccessEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        reply = closed_month.provider["finance"].get(shape.format(**ids))
        if "R-CANARY-0" in json.dumps(reply.json() if "json" in reply["Content-Type"] else ""):
            told.append(shape)
            assert AccessEntry.objects.filter(pk__gt=latest, members__contains=[member.pk]).exists(), shape
    assert {"members/", "members/{member}/", "activity/", "ledger/"} <= set(told)


def test_an_unknown_address_is_answered_as_json(world):
    reply = world.outsider.get("nothing/here/")
    assert (reply.status_code, reply.json()) == (404, {"reasons": [], "sentence": "There is nothing here for you."})
