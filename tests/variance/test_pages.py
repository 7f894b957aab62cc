"""The month on screen: two sides take it from open to closed, and every figure opens to what it is made of."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEntry, Role, User
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import run
from contracts.models import Contract
from eligibility.models import Member
from tests.factories.accounts import OrganisationFactory, person
from tests.factories.baseline import ActivityFactory
from tests.factories.contracts import signatory, signed_contract
from tests.factories.eligibility import CoverageSpanFactory, LevelSpanFactory, MemberFactory
from variance.models import Cycle, CycleStatus, GateResult, LedgerEntry, Statement

pytestmark = pytest.mark.django_db
MONTH = "2026-01"


@pytest.fixture
def contract() -> Contract:
    return signed_contract()


@pytest.fixture
def member(contract: Contract) -> Member:
    member = MemberFactory(organisation=contract.provider, reference="R-CANARY", family_name="Canary")
    CoverageSpanFactory(contract=contract, member=member)
    LevelSpanFactory(contract=contract, member=member, level="L2")
    return member


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def provider(contract: Contract) -> Client:
    return signed_in(signatory(contract.provider))


@pytest.fixture
def commissioner(contract: Contract) -> Client:
    return signed_in(signatory(contract.commissioner))


def cycle_address(contract: Contract, name: str = "cycle") -> str:
    return reverse(f"variance:{name}", args=[contract.code, MONTH])


def work_off() -> Job:
    job = Job.objects.get(status=Status.QUEUED)
    done = run(job_id=job.pk, clock=timezone.now)
    assert done is not None
    return done


@pytest.fixture
def close_the_month(contract: Contract, member: Member, provider: Client, commissioner: Client) -> Callable[[], None]:
    def close() -> None:
        provider.post(reverse("variance:open", args=[contract.code]))
        provider.post(cycle_address(contract, "calculate"))
        work_off()
        provider.post(cycle_address(contract, "submit"))
        commissioner.post(cycle_address(contract, "approve"))
        commissioner.post(cycle_address(contract, "close"))
        work_off()

    return close


def test_two_sides_take_a_month_from_open_to_a_statement(
    contract: Contract, close_the_month: Callable[[], None], provider: Client
) -> None:
    close_the_month()

    cycle = Cycle.objects.get()
    assert (cycle.status, cycle.month) == (CycleStatus.CLOSED, date(2026, 1, 1))
    assert (cycle.prepared_organisation, cycle.approved_organisation) == (contract.provider, contract.commissioner)
    page = provider.get(reverse("variance:statement", args=[Statement.objects.get().pk]))
    assert "$120.00" in page.content.decode()


def test_a_figure_opens_down_to_the_clause_that_prices_it(
    contract: Contract, close_the_month: Callable[[], None], provider: Client
) -> None:
    close_the_month()

    lines = provider.get(cycle_address(contract, "lines")).content.decode()
    assert cycle_address(contract, "rows") in lines
    rows = provider.get(cycle_address(contract, "rows"), {"component": "baseline", "level": "L2", "rate": "120.000000"})
    entry = LedgerEntry.objects.get()
    assert reverse("variance:entry", args=[entry.pk]) in rows.content.decode()
    page = provider.get(reverse("variance:entry", args=[entry.pk])).content.decode()
    assert f"{reverse('contracts:version', args=[contract.code, 1])}#baseline.rates[1]" in page


def test_a_row_filter_that_matches_nothing_shows_nothing(
    contract: Contract, close_the_month: Callable[[], None], provider: Client
) -> None:
    close_the_month()

    rows = provider.get(cycle_address(contract, "rows"), {"rate": "40.00"}).content.decode()
    assert "R-CANARY" not in rows
    assert provider.get(cycle_address(contract, "rows"), {"service_month": "soon", "rate": "x"}).status_code == 200


def test_the_commissioner_meets_a_pseudonym_and_the_provider_s_finance_a_logged_reference(
    contract: Contract, member: Member, close_the_month: Callable[[], None], provider: Client, commissioner: Client
) -> None:
    close_the_month()
    entry = LedgerEntry.objects.get()
    for address in (
        cycle_address(contract, "rows"),
        reverse("variance:ledger"),
        reverse("variance:entry", args=[entry.pk]),
    ):
        theirs = commissioner.get(address).content.decode()
        assert "R-CANARY" not in theirs
        assert member.pseudonym in theirs
        before = AccessEntry.objects.filter(members__contains=[member.pk]).count()
        assert "R-CANARY" in provider.get(address).content.decode()
        assert AccessEntry.objects.filter(members__contains=[member.pk]).count() == before + 1


def test_the_side_that_prepared_is_offered_no_approval_and_is_refused_one(
    contract: Contract, member: Member, provider: Client
) -> None:
    provider.post(reverse("variance:open", args=[contract.code]))
    provider.post(cycle_address(contract, "calculate"))
    work_off()
    provider.post(cycle_address(contract, "submit"))

    page = provider.get(cycle_address(contract)).content.decode()
    assert cycle_address(contract, "approve") not in page
    assert provider.post(cycle_address(contract, "approve")).status_code == 403
    assert Cycle.objects.get().status == CycleStatus.IN_REVIEW


def test_a_month_sent_back_needs_a_reason_and_shows_it(contract: Contract, member: Member, provider: Client) -> None:
    provider.post(reverse("variance:open", args=[contract.code]))
    provider.post(cycle_address(contract, "calculate"))
    work_off()

    assert provider.post(cycle_address(contract, "send_back"), {"reason": " "}).status_code == 422
    assert Cycle.objects.get().status == CycleStatus.CALCULATED
    provider.post(cycle_address(contract, "send_back"), {"reason": "Two visits are missing."})
    assert "Two visits are missing." in provider.get(cycle_address(contract)).content.decode()


def test_who_may_not_download_a_statement_is_offered_no_download(
    contract: Contract, close_the_month: Callable[[], None]
) -> None:
    close_the_month()
    address = reverse("variance:statement", args=[Statement.objects.get().pk])
    analyst = signed_in(person(Role.ANALYST, contract.provider))
    operations = signed_in(person(Role.OPERATIONS, contract.provider))

    assert [b"/csv/" in client.get(address).content for client in (analyst, operations)] == [True, False]


def test_what_a_gate_misses_is_named_and_opens(contract: Contract, member: Member, provider: Client) -> None:
    provider.post(reverse("variance:open", args=[contract.code]))
    provider.post(cycle_address(contract, "calculate"))
    work_off()
    record = ActivityFactory(contract=contract, member=member, activity_ref="V-UNVERIFIED")
    GateResult.objects.filter(code="activity_verified").update(
        passed=False, missing=3, examples=[{"activity": record.pk}]
    )

    page = provider.get(cycle_address(contract)).content.decode()

    assert f'<a href="{reverse("baseline:activity", args=[record.pk])}">V-UNVERIFIED</a>' in page
    assert "and 2 more" in page


def test_a_fact_that_changed_after_approval_reopens_the_month_instead_of_closing_it(
    contract: Contract, member: Member, provider: Client, commissioner: Client
) -> None:
    provider.post(reverse("variance:open", args=[contract.code]))
    provider.post(cycle_address(contract, "calculate"))
    work_off()
    provider.post(cycle_address(contract, "submit"))
    commissioner.post(cycle_address(contract, "approve"))
    CoverageSpanFactory(contract=contract, member=MemberFactory(organisation=contract.provider))
    commissioner.post(cycle_address(contract, "close"))

    job = work_off()

    assert "was not closed" in job.result["refused"]
    assert Cycle.objects.get().status == CycleStatus.OPEN
    assert not LedgerEntry.objects.exists()


@pytest.mark.parametrize("form", ["pdf", "csv", "json", "xlsx"])
def test_a_statement_is_downloaded_and_the_download_is_logged(
    form: str, close_the_month: Callable[[], None], commissioner: Client
) -> None:
    close_the_month()

    answer = commissioner.get(reverse("variance:statement_file", args=[Statement.objects.get().pk, form]))

    assert answer.status_code == 200
    assert b"R-CANARY" not in b"".join(answer.streaming_content)
    assert AccessEntry.objects.filter(verb="export").count() == 1


def test_another_organisation_finds_none_of_it(contract: Contract, close_the_month: Callable[[], None]) -> None:
    close_the_month()
    stranger = signed_in(person(Role.FINANCE, OrganisationFactory()))
    entry, statement = LedgerEntry.objects.get(), Statement.objects.get()
    addresses = [
        *(cycle_address(contract, name) for name in ("cycle", "lines", "rows", "cycle_unpaid", "exceptions")),
        reverse("variance:entry", args=[entry.pk]),
        reverse("variance:statement", args=[statement.pk]),
        reverse("variance:statement_file", args=[statement.pk, "csv"]),
        reverse("variance:member_panel", args=[entry.member_id]),
    ]
    assert {address: stranger.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    for step in ("calculate", "submit", "approve", "close", "send_back"):
        assert stranger.post(cycle_address(contract, step), {"reason": "x"}).status_code == 404
    for name in ("cycles", "ledger", "unpaid", "statements"):
        assert contract.code not in stranger.get(reverse(f"variance:{name}")).content.decode()


def test_the_money_of_a_member_opens_to_its_ledger_rows(
    contract: Contract, member: Member, close_the_month: Callable[[], None], provider: Client
) -> None:
    close_the_month()
    other = MemberFactory(organisation=contract.provider)
    entry = LedgerEntry.objects.get()
    panel = provider.get(reverse("variance:member_panel", args=[member.pk])).content.decode()
    query = f"member={member.pk}&amp;component=baseline&amp;service_month={MONTH}"
    assert f"{reverse('variance:ledger')}?{query}" in panel

    mine = provider.get(reverse("variance:ledger"), {"member": member.pk}).content.decode()
    theirs = provider.get(reverse("variance:ledger"), {"member": other.pk}).content.decode()
    address = reverse("variance:entry", args=[entry.pk])
    assert (address in mine, address in theirs) == (True, False)


def test_a_practitioner_has_no_money_pages(contract: Contract, close_the_month: Callable[[], None]) -> None:
    close_the_month()
    practitioner = signed_in(person(Role.PRACTITIONER, contract.provider))

    assert practitioner.get(cycle_address(contract)).status_code == 403
    assert practitioner.get(reverse("variance:ledger")).status_code == 403


def test_what_waits_is_said_to_the_side_that_owes_the_next_step(
    contract: Contract, member: Member, provider: Client, commissioner: Client
) -> None:
    assert "Open January 2026" in provider.get("/").content.decode()
    provider.post(reverse("variance:open", args=[contract.code]))
    provider.post(cycle_address(contract, "calculate"))
    work_off()
    assert "Send January 2026 for approval" in provider.get("/").content.decode()
    assert "Send January 2026 for approval" not in commissioner.get("/").content.decode()
    provider.post(cycle_address(contract, "submit"))
    assert "Approve January 2026" in commissioner.get("/").content.decode()


def test_a_list_asks_as_often_for_forty_rows_as_for_ten(
    contract: Contract, close_the_month: Callable[[], None], provider: Client
) -> None:
    for _ in range(40):
        CoverageSpanFactory(contract=contract, member=MemberFactory(organisation=contract.provider))
    close_the_month()
    provider.get(reverse("variance:ledger"))  # a first page also begins the sign-in's time
    counts = []
    for size in (25, 50):
        with CaptureQueriesContext(connection) as asked:
            provider.get(reverse("variance:ledger"), {"size": size})
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_screens_call_codes_by_name_and_files_keep_them(
    contract: Contract, close_the_month: Callable[[], None], provider: Client
) -> None:
    close_the_month()
    terms = contract.versions.get().document
    for address in (reverse("variance:ledger"), cycle_address(contract, "rows")):
        page = provider.get(address).content.decode()
        assert f"L2, {terms['cohorts'][0]['name']}, {terms['geographies'][0]['name']}" in page
        header, row = "".join(part.decode() for part in provider.get(address, {"export": "csv"})).splitlines()
        cells = dict(zip(header.split(","), row.split(","), strict=True))
        assert (cells["Component"], cells["Level"], cells["Cohort"], cells["Geography"], cells["Kind"]) == (
            "baseline",
            "L2",
            terms["cohorts"][0]["code"],
            terms["geographies"][0]["code"],
            "current",
        )
        assert "Level and group" not in cells


def test_the_ledger_says_what_the_filtered_entries_come_to(
    contract: Contract, member: Member, close_the_month: Callable[[], None], provider: Client, commissioner: Client
) -> None:
    other = MemberFactory(organisation=contract.provider, reference="R-OTHER")
    CoverageSpanFactory(contract=contract, member=other)
    LevelSpanFactory(contract=contract, member=other, level="L1")
    close_the_month()
    ledger = reverse("variance:ledger")

    assert "2 entries, $160.00 posted" in provider.get(ledger).content.decode()
    assert "1 entry, $120.00 posted" in provider.get(ledger, {"reference": "r-canary"}).content.decode()
    narrowed = provider.get(ledger, {"level": "L2", "line_kind": "current"}).content.decode()
    assert "1 entry, $120.00 posted" in narrowed
    level = next(one["name"] for one in contract.versions.get().document["levels"] if one["code"] == "L2")
    assert re.search(rf"Only rows with\s+Kind: Current month; Level: L2 {level}\s*</p>", narrowed)
    assert "R-CANARY" not in provider.get(ledger, {"reference": member.pseudonym}).content.decode()
    theirs = commissioner.get(ledger, {"reference": member.pseudonym}).content.decode()
    assert "1 entry, $120.00 posted" in theirs
    assert member.pseudonym not in commissioner.get(ledger, {"reference": "R-CANARY"}).content.decode()
