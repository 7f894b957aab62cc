"""Strange bodies, parameters and many rows, at every address that the description names: never a fault."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from contracts.models import Contract, Escalation, FeedRun
from tests.api.conftest import Program, World, program_of
from tests.api.test_schemathesis import known  # noqa: F401  # the ids of one of everything
from tests.factories.accounts import MembershipFactory, person

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
NO_FAULT = {200, 201, 202, 400, 403, 404, 409, 413, 415, 422}

STRANGE: list[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**59,
    0.1,
    -0.0,
    1e59,
    Decimal("0.00000000000000000000000000000001"),
    "",
    " ",
    "\t\n\r",
    "\u200b",
    "\ufeff",
    "\u202e1202-01-01",
    "\x01\x02\x1f",
    "\x7f",
    "a" * 10_000,
    "é" * 500,
    "\U0001f986" * 200,
    "e\u0301" * 100,
    "'; DROP TABLE accounts_user; --",
    '" onmouseover="x',
    "<script>alert(1)</script>",
    "{{ settings.SECRET_KEY }}",
    "%s %d %(name)s %%",
    "../../etc/passwd",
    "C:\\Windows\\win.ini",
    "=cmd|' /C calc'!A0",
    "null",
    "true",
    "NaN",
    "Infinity",
    "1e5",
    "0x10",
    "1,5",
    "１２３",
    "٠١٢",
    "2026-02-30",
    "2026-13-01",
    "0000-00-00",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "2026-03",
    "2026-3",
    "2026-W10",
    "2026-03-01T00:00:00Z",
    "1772323200",
    "MINIMAL",
    "minimal",
    "MINIMAL\n",
    "L1",
    "yaml",
    "contract: &a [*a]",
    "{}",
    [],
    [None],
    [[[[[[[[[[]]]]]]]]]],
    ["a"] * 1000,
    {},
    {"": ""},
    {"a": {"b": {"c": {}}}},
    {"__proto__": {"x": 1}},
    {"$ne": None},
]


@pytest.fixture
def everything(closed_month: World) -> Program:
    """A program of somebody at the provider who holds every role."""
    somebody = person(Role.FINANCE, closed_month.contract.provider)
    for role in set(Role.values) - {Role.FINANCE}:
        MembershipFactory(user=somebody, organisation=closed_month.contract.provider, role=role)
    program = program_of(somebody)
    program.client.raise_request_exception = False  # a fault is a finding like any other
    return program


@pytest.fixture
def described(everything: Program) -> dict[str, Any]:
    return everything.get("schema/").json()


def filled(path: str, ids: dict[str, Any]) -> str:
    """The address with ids that exist, where one is known."""
    first = path.split("/")[3]
    names = {part[1:-1] for part in path.split("/") if part.startswith("{")}
    return path.format(**{name: ids.get(name, ids.get(first, 1)) for name in names}).removeprefix("/api/v1/")


def fields_of(operation: dict[str, Any], description: dict[str, Any]) -> list[str] | None:
    """Names that the body declares; None where it is no JSON."""
    content = operation.get("requestBody", {}).get("content", {"application/json": {"schema": {}}})
    if "application/json" not in content:
        return None
    schema = content["application/json"]["schema"]
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return sorted(schema.get("properties", {}))


def test_no_strange_body_is_a_fault_of_the_program(
    everything: Program,
    described: dict[str, Any],
    known: dict[str, Any],  # noqa: F811
) -> None:
    """Every address gets a third of the corpus, in every field that it declares at once."""
    assert len(STRANGE) >= 60
    faults = []
    posts = [(path, one["post"]) for path, one in sorted(described["paths"].items()) if "post" in one]
    for index, (path, operation) in enumerate(posts):
        names = fields_of(operation, described)
        if names is None:
            continue
        for strange in STRANGE[index % 3 :: 3]:
            body = dict.fromkeys(names or ["unknown"], strange)
            with transaction.atomic():
                reply = everything.post(filled(path, known), body)
                transaction.set_rollback(True)
            if reply.status_code not in NO_FAULT or "json" not in reply.headers["Content-Type"]:
                faults.append(f"POST {path} {str(body)[:100]}: {reply.status_code}")
            elif reply.status_code >= 400 and not reply.json()["sentence"]:
                faults.append(f"POST {path} {str(body)[:100]}: no sentence")
    assert not faults, "\n".join(faults)


def test_no_strange_parameter_is_a_fault_and_no_unknown_one_is_passed_over(
    everything: Program,
    described: dict[str, Any],
    known: dict[str, Any],  # noqa: F811
) -> None:
    faults = []
    for number, (path, one) in enumerate(sorted(described["paths"].items())):
        if "get" not in one:
            continue
        address = filled(path, known)
        named = [each["name"] for each in one["get"].get("parameters", []) if each["in"] == "query"]
        strange = [str(value)[:300].replace("\0", "") for value in STRANGE[number % 4 :: 4]]
        for value in strange if named else []:
            reply = everything.get(address, **dict.fromkeys(named, value))
            if reply.status_code not in {200, 400, 403, 404}:
                faults.append(f"GET {path} {value!r:.60}: {reply.status_code}")
        unknown = everything.get(address, no_such_parameter="x")
        if unknown.status_code != 400 or "'no_such_parameter'" not in unknown.json()["sentence"]:
            faults.append(f"GET {path}: an unknown parameter gives {unknown.status_code}")
    assert not faults, "\n".join(faults)


def test_a_page_of_three_costs_as_many_queries_as_a_page_of_one(
    everything: Program,
    described: dict[str, Any],
    known: dict[str, Any],  # noqa: F811
) -> None:
    """On every list that has as many rows here. The lists of one cycle or member are among them."""
    contract = Contract.objects.get(code="MINIMAL")
    for number in range(3):
        FeedRun.objects.create(
            contract=contract,
            organisation=contract.provider,
            kind="roster",
            file_name="r.csv",
            sha256=f"{number}f" * 32,
            size=1,
            uploaded_at=NOW,
        )
        Escalation.objects.create(
            contract=contract,
            sign="late_records",
            subject=str(number),
            limit_text="5",
            figure_text="9",
            recipients=[Role.FINANCE],
            raised_at=NOW,
            due_on=NOW.date(),
        )
    dear, tried = [], 0
    for path, one in sorted(described["paths"].items()):
        if "get" not in one or not one["get"]["operationId"].startswith("list_"):
            continue
        address = filled(path, known)
        counted = {}
        for size in (1, 3, 1, 3):  # what is read once a process is read in the first round
            with CaptureQueriesContext(
                connection,
            ) as found:
                reply = everything.get(address, size=size)
            if reply.status_code == 200 and reply.json()["count"] >= 3:
                counted[size] = len(found)
        if counted:
            tried += 1
            if counted[3] > counted[1]:
                dear.append(f"{path}: {counted}")
    assert not dear, "\n".join(dear)
    assert tried >= 8
