"""Requests made up from the description, for three roles: no fault of the program, and answers as described.

What is found here becomes a test of its own in `test_corpus.py`. Every example is taken back, and every run makes the
same ones; `SCHEMATHESIS_EXAMPLES` asks for more of them.
"""

import os
from typing import Any

import pytest
import requests
import schemathesis
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from contracts.models import FeedRun
from tests.api.conftest import World
from variance.models import LedgerEntry, Statement

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "2"))  # of each operation, role and kind of input
ROLES = [("provider", "finance"), ("provider", "supervisor"), ("commissioner", "commissioner")]
OF_A_REQUEST = {"method", "url", "params", "headers", "json", "data", "files"}
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture
def known(closed_month: World) -> dict[str, Any]:
    """Ids that exist, by the first word of the address."""
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
    return {
        "members": world.members[0].pk,
        "activity": world.members[0].activity.first().pk,
        "assignments": world.members[0].assignments.first().pk,
        "feeds": feed.pk,
        "ledger": LedgerEntry.objects.earliest("pk").pk,
        "statements": Statement.objects.get().pk,
        "jobs": world.provider["finance"].get("jobs/").json()["results"][-1]["id"],
        "code": world.contract.code,
        "month": "2026-01",
        "monday": "2026-01-12",
        "team": 0,
        "number": 1,
    }


def answer_to(case: Any, client: Client) -> schemathesis.Response:
    """Ask the program in this very thread, where the test's transaction is; the answer as schemathesis reads it."""
    wish = case.as_transport_kwargs(base_url="http://testserver")
    wish = {
        name: wish[name] for name in ("method", "url", "params", "headers", "json", "data", "files") if name in wish
    }
    sent = requests.Request(**wish).prepare()
    headers = {name: value for name, value in sent.headers.items() if name.lower() != "content-length"}
    body = sent.body.encode() if isinstance(sent.body, str) else sent.body or b""
    got = client.generic(
        sent.method, sent.path_url, body, content_type=headers.pop("Content-Type", ""), headers=headers
    )
    return schemathesis.Response(
        status_code=got.status_code,
        headers={name.lower(): [value] for name, value in got.headers.items()},
        content=b"".join(got.streaming_content) if got.streaming else got.content,
        request=sent,
        elapsed=0.0,
        verify=True,
    )


@pytest.mark.parametrize(("side", "role"), ROLES, ids=lambda value: value)
def test_no_request_that_the_description_allows_or_forbids_is_a_fault(
    closed_month: World, known: dict[str, Any], side: str, role: str
) -> None:
    load_all_checks()
    program = getattr(closed_month, side)[role]
    schema = schemathesis.openapi.from_dict(program.get("schema/").json())
    program.client.raise_request_exception = False  # a fault is a finding like any other
    faults: list[str] = []
    asked = 0

    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path.endswith(("/schema/", "/docs/")):
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @seed(1)
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=operation.as_strategy(generation_mode=mode), of_ours=st.booleans())
            def ask(case: Any, of_ours: bool) -> None:
                nonlocal asked
                asked += 1
                for name in case.path_parameters if of_ours else ():
                    case.path_parameters[name] = known.get(name, known.get(case.path.split("/")[3], 1))
                with transaction.atomic():
                    try:
                        case.validate_response(answer_to(case, program.client), checks=CHECKS)
                    except FailureGroup as group:
                        wish = f"{case.method} {case.formatted_path} {case.query} {case.body!r:.100}"
                        faults.extend(f"{wish}: {one.title}: {one.message:.300}" for one in group.exceptions)
                    transaction.set_rollback(True)

            try:
                ask()
            except Unsatisfiable:  # nothing can be wrong with a request that takes nothing
                continue

    assert not faults, "\n\n".join(faults)
    assert asked >= 100
