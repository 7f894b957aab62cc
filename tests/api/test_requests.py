"""Parameters, pages, tokens, idempotency keys, sessions: what is the same at every address."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import KeptReply, PersonalToken, Role
from accounts.operations.people import deactivate, reactivate
from accounts.operations.tokens import revoke
from contracts.models import ContractVersion
from tests.api.conftest import program_of
from tests.factories.accounts import person
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import document, signatory
from tests.factories.eligibility import AssignmentFactory, CoverageSpanFactory, MemberFactory
from variance.models import Cycle

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
LISTS = ["contracts/", "feeds/", "members/", "activity/", "cycles/", "ledger/", "unpaid/", "statements/", "jobs/"]


@pytest.mark.parametrize("path", [*LISTS, "me/"])
def test_an_unknown_parameter_is_named_beside_the_known_ones(world, path):
    reply = world.provider["finance"].get(path, serch="x")

    assert reply.status_code == 400
    assert reply.json()["sentence"] == "There is no parameter 'serch' here."
    assert path == "me/" or {"page", "size"} <= set(reply.json()["known"])


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("cycles/", {"status": "gone"}, "status"),
        ("cycles/", {"month": "March"}, "month"),
        ("ledger/", {"component": "x"}, "component"),
        ("members/", {"on": "today"}, "on"),
        ("members/", {"contract": "NONE-SUCH"}, "contract"),
        ("members/", {"team": "x"}, "team"),
        ("activity/", {"kind": "other"}, "kind"),
        ("activity/", {"member": "-1"}, "member"),
        ("jobs/", {"status": "x"}, "status"),
        ("jobs/", {"page": "0"}, "page"),
        ("jobs/", {"page": "two"}, "page"),
        ("jobs/", {"size": "201"}, "size"),
        ("jobs/", {"size": "9" * 40}, "size"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(world, path, query, field):
    reply = world.provider["finance"].get(path, **query)
    assert (reply.status_code, list(reply.json()["fields"])) == (400, [field])


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("value", ["\0", "\ud800", "'; --", "%", "9" * 400, "🦆"])
def test_no_text_in_a_parameter_is_a_fault_of_the_program(world, path, value):
    encoded = value.encode("utf-8", "surrogatepass")
    for name in ("q", "text", "contract", "service", "reference", "page"):
        assert world.provider["finance"].get(path, **{name: encoded}).status_code in (200, 400)


def test_pages_lead_to_one_another_and_end(world):
    first = world.provider["finance"].get("activity/", size=4, service="outreach").json()
    assert (first["count"], len(first["results"]), first["next"]) == (3, 3, None)
    first = world.provider["finance"].get("activity/", size=4).json()
    second = world.provider["finance"].client.get(first["next"]).json()

    assert (first["count"], first["previous"], second["next"]) == (6, None, None)
    ids = [row["id"] for row in first["results"] + second["results"]]
    assert len(set(ids)) == 6
    assert world.provider["finance"].get("activity/", page=3, size=4).status_code == 404


@pytest.mark.parametrize(("path", "make"), [("members/", "members"), ("activity/", "records")])
def test_two_hundred_rows_cost_as_many_queries_as_ten(world, path, make):
    program = world.provider["supervisor"]

    def queries_for(size: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            reply = program.get(path, size=size)
        assert len(reply.json()["results"]) == size
        return len(found)

    for _ in range(210):
        member = MemberFactory(organisation=world.contract.provider)
        if make == "members":
            CoverageSpanFactory(contract=world.contract, member=member)
            AssignmentFactory(member=member)
        else:
            ActivityFactory(contract=world.contract, member=member)

    queries_for(10)  # terms are read once a process
    assert queries_for(200) <= queries_for(10)


def test_an_unknown_address_is_answered_as_json(world):
    reply = world.outsider.get("nothing/here/")
    assert (reply.status_code, reply.json()) == (404, {"reasons": [], "sentence": "There is nothing here for you."})


# --- Tokens ------------------------------------------------------------------------------------------------------


def test_a_reading_token_does_not_write(world):
    program = program_of(signatory(world.contract.provider), scope="read")

    assert program.get("cycles/").status_code == 200
    reply = program.post("cycles/", {"contract": world.contract.code, "month": "2026-01"})
    assert (reply.status_code, reply.json()["sentence"]) == (403, "This token only reads.")
    assert not Cycle.objects.exists()


def test_a_token_that_is_over_revoked_or_unknown_opens_nothing(world):
    user = signatory(world.contract.provider)
    program = program_of(user)
    assert program.get("me/").json()["token_scope"] == "sign"
    token = PersonalToken.objects.filter(user=user).latest("pk")

    revoke(token_id=token.pk, actor=user, now=NOW)
    assert program.get("me/").status_code == 401

    late = program_of(user)
    PersonalToken.objects.filter(user=user).update(
        created_at=NOW - timedelta(days=2), expires_at=NOW - timedelta(seconds=1)
    )
    assert late.get("me/").status_code == 401
    for header in ("Bearer", "Bearer x", "Bearer a b", "Token x", "Bearer \xff"):
        assert Client(headers={"Authorization": header}).get("/api/v1/me/").status_code == 401


def test_closing_an_account_takes_its_tokens_back_for_good(world):
    administrator = person(Role.ADMINISTRATOR, world.contract.provider)
    user = person(Role.FINANCE, world.contract.provider)
    program = program_of(user)

    deactivate(actor=administrator, now=NOW, user_id=user.pk, reason="left")
    assert program.get("me/").status_code == 401
    reactivate(actor=administrator, now=NOW, user_id=user.pk, reason="back")
    assert program.get("me/").status_code == 401


def test_a_token_is_shown_once_and_kept_as_a_hash(world):
    client = Client()
    client.force_login(signatory(world.contract.provider))
    last_day = (NOW + timedelta(days=30)).date()
    page = client.post("/profile/tokens/", {"name": "nightly", "scope": "read", "last_day": last_day})

    token = PersonalToken.objects.get(name="nightly")
    secret = page.context["secret"]
    assert secret in page.content.decode()
    assert secret not in client.get("/profile/tokens/").content.decode()
    assert secret not in [token.digest, token.name]
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me/").status_code == 200

    assert client.post(f"/profile/tokens/{token.pk}/revoke/").status_code == 302
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me/").status_code == 401


def test_nobody_revokes_anothers_token(world):
    mine = PersonalToken.objects.first()
    client = Client()
    client.force_login(person(Role.ADMINISTRATOR, world.contract.provider))
    assert client.post(f"/profile/tokens/{mine.pk}/revoke/").status_code == 404
    mine.refresh_from_db()
    assert mine.revoked_at is None


@pytest.mark.parametrize("days", [-1, 400])
def test_a_token_ends_within_a_year(world, days):
    client = Client()
    client.force_login(signatory(world.contract.provider))
    last_day = (NOW + timedelta(days=days)).date()
    page = client.post("/profile/tokens/", {"name": "long", "scope": "read", "last_day": last_day})
    assert page.status_code == 422
    assert not PersonalToken.objects.filter(name="long").exists()


# --- The browser's session ---------------------------------------------------------------------------------------


def test_a_session_reads_and_writes_only_with_its_csrf_token(world, browser):
    client = browser(signatory(world.contract.provider))
    body = {"contract": world.contract.code, "month": "2026-01"}

    assert client.get("/api/v1/cycles/").status_code == 200
    assert client.post("/api/v1/cycles/", body, content_type="application/json").status_code == 403
    assert not Cycle.objects.exists()

    client.get("/profile/")
    csrf = {"X-CSRFToken": client.cookies["csrftoken"].value}
    assert client.post("/api/v1/cycles/", body, content_type="application/json", headers=csrf).status_code == 201


# --- Once --------------------------------------------------------------------------------------------------------


def test_a_request_sent_twice_under_one_key_is_done_once(world):
    program = world.provider["finance"]
    body = {"contract": world.contract.code, "month": "2026-01"}

    first = program.post("cycles/", body, key="abc")
    again = program.post("cycles/", body, key="abc")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (first.headers.get("Idempotent-Replay"), again.headers["Idempotent-Replay"]) == (None, "true")
    assert Cycle.objects.count() == 1
    assert program.post("cycles/", body).status_code == 409


def test_a_key_belongs_to_one_request_of_one_person(world):
    program, other = world.provider["finance"], world.commissioner["finance"]
    body = {"contract": world.contract.code, "month": "2026-01"}
    program.post("cycles/", body, key="abc")

    for path, another in [("cycles/", {**body, "month": "2026-02"}), ("contracts/", {"document": "x"})]:
        reply = program.post(path, another, key="abc")
        assert (reply.status_code, reply.json()["sentence"]) == (
            409,
            "This idempotency key was used for another request. Send a new key.",
        )
    assert "Idempotent-Replay" not in other.post("cycles/", body, key="abc").headers


def test_a_refused_request_leaves_its_key_free(world):
    program = world.provider["finance"]
    refused = program.post("cycles/", {"contract": world.contract.code, "month": "2026-02"}, key="abc")

    assert refused.status_code == 409
    assert refused.json()["sentence"].startswith("February 2026 is not next")
    assert not KeptReply.objects.exists()
    assert program.post("cycles/", {"contract": world.contract.code, "month": "2026-01"}, key="abc").status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 101, "\x7f", "é"])
def test_a_key_that_cannot_be_kept_is_refused(world, key):
    body = {"contract": world.contract.code, "month": "2026-01"}
    assert world.provider["finance"].post("cycles/", body, key=key).status_code == 422
    assert not Cycle.objects.exists()


# --- Bodies ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "contract"),
        ({"contract": "MINIMAL"}, "month"),
        ({"contract": "MINIMAL", "month": "01/2026"}, "month"),
        ({"contract": "MINIMAL", "month": 202601}, "month"),
        ({"contract": ["MINIMAL"], "month": "2026-01"}, "contract"),
        ({"contract": "x" * 61, "month": "2026-01"}, "contract"),
        ({"contract": "MINIMAL", "month": "2026-01", "force": True}, "force"),
    ],
)
def test_a_body_that_cannot_be_used_says_which_field(world, body, field):
    reply = world.provider["finance"].post("cycles/", body)
    assert reply.status_code == 422
    assert field in reply.json()["fields"]
    assert not Cycle.objects.exists()


@pytest.mark.parametrize("raw", [b"{", b"[]", b'{"a":1,"a":1}', b'{"a":"\\u0000"}', b'{"a":"\\ud800"}', b"\xff"])
def test_an_unfit_body_is_answered_with_400_everywhere(world, raw):
    for path in ("cycles/", f"cycles/{world.contract.code}/2026-01/close/", "contracts/"):
        reply = world.provider["finance"].send(path, raw)
        assert (reply.status_code, list(reply.json())) == (400, ["reasons", "sentence"])


def test_another_kind_of_body_is_answered_with_415(world):
    program = world.provider["finance"]
    assert program.client.post("/api/v1/cycles/", {"contract": "x"}).status_code == 415
    assert program.client.post("/api/v1/cycles/", "<a/>", content_type="text/xml").status_code == 415
    assert program.client.delete("/api/v1/cycles/").status_code == 405


def test_a_contract_goes_from_text_to_signed_by_programs(world):
    second = document(version=2, in_force_from="2026-07-01", title="Minimal agreement")
    provider, commissioner = world.provider["finance"], world.commissioner["finance"]
    loaded = provider.post("contracts/", {"document": json.dumps(second), "format": "json"})
    assert (loaded.status_code, loaded.json()["effect"]) == (201, "created")
    path = "contracts/MINIMAL/versions/2/sign/"
    assert provider.post(path, {"digest": "0" * 64}).status_code == 409
    for program in (provider, commissioner):
        assert program.post(path, {"digest": loaded.json()["digest"]}).status_code == 200
    assert ContractVersion.objects.get(number=2).status == "signed"

    broken = provider.post("contracts/", {"document": "levels: []"})
    assert broken.status_code == 422
    assert broken.json()["sentence"] == "The contract document cannot be used."
    assert broken.json()["reasons"]
