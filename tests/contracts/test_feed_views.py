"""Sending files on the pages: checked in the background, previewed, applied or discarded, mended."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEntry, Role
from baseline.models import Activity
from blended_pilot.jobs import doorbell
from blended_pilot.jobs.models import Job
from blended_pilot.jobs.operations import run as run_job
from contracts.models import FeedRun, FeedStatus
from eligibility.models import CoverageSpan
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import MemberFactory

pytestmark = pytest.mark.django_db(transaction=True)
ROSTER = "member_ref,given_name,birth_date,cohort,geography,from,to\n"


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Any:
    monkeypatch.setattr(doorbell, "ring", lambda job_id: None)
    with override_settings(MEDIA_ROOT=tmp_path):
        yield


@pytest.fixture
def contract() -> Any:
    return signed_contract()


@pytest.fixture
def intake(contract: Any) -> Any:
    return person(Role.INTAKE, contract.provider)


def browser(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def send(client: Client, contract: Any, text: str, *, kind: str = "roster", mapping: str = "") -> Any:
    data: dict[str, Any] = {
        "contract": contract.pk,
        "kind": kind,
        "file": SimpleUploadedFile("roster.csv", text.encode(), content_type="text/csv"),
    }
    if mapping:
        data["mapping"] = SimpleUploadedFile("mapping.yaml", mapping.encode())
    return client.post(reverse("contracts:send_feed"), data)


def work_off() -> None:
    for job in Job.objects.filter(status="queued").order_by("pk"):
        run_job(job_id=job.pk, clock=timezone.now)


def test_a_file_is_checked_previewed_applied_and_linked(contract, intake):
    client = browser(intake)

    response = send(
        client, contract, ROSTER + "A,Ann,1950-05-01,adult,north,2026-01-01,\nB,Ben,1951-13-01,adult,north,2026-01-01,"
    )
    run = FeedRun.objects.get()
    assert response.headers["Location"] == reverse("contracts:feed_run", args=[run.pk])
    assert reverse("jobs:job", args=[Job.objects.get().pk]) in client.get(response.headers["Location"]).content.decode()
    work_off()

    page = client.get(response.headers["Location"])
    assert page.status_code == 200
    text = page.content.decode()
    assert "New members" in text
    assert "A: 2026-01-01 to open (adult, north)" in text
    assert "“1951-13-01” is not a day" in text
    assert not CoverageSpan.objects.exists()

    client.post(reverse("contracts:apply_feed", args=[run.pk]))
    work_off()

    run.refresh_from_db()
    assert (run.status, run.rows_applied, run.rows_rejected) == (FeedStatus.APPLIED, 1, 1)
    assert CoverageSpan.objects.get().feed_run == run
    again = client.post(reverse("contracts:apply_feed", args=[run.pk]))
    assert again.status_code == 409
    assert client.get(response.headers["Location"]).status_code == 200


def test_a_file_that_cannot_be_used_says_why_and_can_be_discarded(contract, intake):
    client = browser(intake)

    send(client, contract, "member_ref,member_ref,cohort\n")
    work_off()

    run = FeedRun.objects.get()
    page = client.get(reverse("contracts:feed_run", args=[run.pk])).content.decode()
    assert run.status == FeedStatus.UNUSABLE
    assert "“member_ref” is there more than once" in page
    assert client.post(reverse("contracts:discard_feed", args=[run.pk])).status_code == 302
    run.refresh_from_db()
    assert (run.status, run.stored.name) == (FeedStatus.DISCARDED, "")


def test_the_same_file_sent_while_it_waits_is_the_same_run_and_afterwards_says_so(contract, intake):
    first, second = browser(intake), browser(person(Role.OPERATIONS, contract.provider))
    text = ROSTER + "A,Ann,1950-05-01,adult,north,2026-01-01,"

    send(first, contract, text)
    send(second, contract, text)
    assert FeedRun.objects.count() == Job.objects.count() == 1
    work_off()
    first.post(reverse("contracts:apply_feed", args=[FeedRun.objects.get().pk]))
    work_off()
    response = send(second, contract, text)
    work_off()

    page = second.get(response.headers["Location"]).content.decode()
    assert FeedRun.objects.count() == 2
    assert "The very same file was sent before" in page
    assert "Nothing: everything that its good rows state is known already." in page


def test_a_faulty_mapping_is_shown_above_the_form(contract, intake):
    response = send(browser(intake), contract, ROSTER, mapping="columns: {patient: x}")

    assert response.status_code == 422
    assert "a roster feed has no such column" in response.content.decode()
    assert not FeedRun.objects.exists()


def test_rejected_rows_are_downloaded_in_the_files_own_columns_and_the_export_is_logged(contract, intake):
    known = MemberFactory(organisation=contract.provider, reference="B")
    client = browser(intake)
    send(client, contract, ROSTER + "B,=Ben,1951-13-01,adult,north,2026-01-01,")
    work_off()
    run = FeedRun.objects.get()

    response = client.get(reverse("contracts:rejected_rows", args=[run.pk, "csv"]))
    lines = b"".join(response.streaming_content).decode().splitlines()
    book = client.get(reverse("contracts:rejected_rows", args=[run.pk, "xlsx"]))
    book.close()

    assert lines[0] == ROSTER.strip() + ",row_number,column,value,sentence"
    assert lines[1].startswith("B,'=Ben,1951-13-01,adult,north,2026-01-01,,2,birth_date,1951-13-01,")
    exported = AccessEntry.objects.filter(verb="export").values_list("user", "members")
    assert list(exported) == [(intake.pk, [known.pk])] * 2


def test_finance_sees_which_rows_were_rejected_but_not_what_they_say_of_the_member(contract, intake):
    send(browser(intake), contract, ROSTER + "B,Ben,1951-13-01,adult,north,2026-01-01,")
    work_off()
    run = FeedRun.objects.get()
    client = browser(person(Role.FINANCE, contract.provider))

    page = client.get(reverse("contracts:feed_run", args=[run.pk]))

    assert page.status_code == 200
    assert "1951-13-01" not in page.content.decode()
    assert client.get(reverse("contracts:rejected_rows", args=[run.pk, "csv"])).status_code == 403


def test_nobody_sees_or_touches_the_files_of_another_organisation(contract, intake):
    send(browser(intake), contract, ROSTER + "B,Ben,1951-01-01,adult,north,2026-01-01,")
    work_off()
    run = FeedRun.objects.get()
    other = browser(person(Role.INTAKE, signed_contract(code="OTHER", provider={"code": "x", "name": "X"}).provider))
    commissioner = browser(person(Role.FINANCE, contract.commissioner))

    for client in (other, commissioner):
        assert client.get(reverse("contracts:feed_run", args=[run.pk])).status_code == 404
        assert client.post(reverse("contracts:apply_feed", args=[run.pk])).status_code == 404
        assert client.post(reverse("contracts:discard_feed", args=[run.pk])).status_code == 404
        assert client.get(reverse("contracts:rejected_rows", args=[run.pk, "csv"])).status_code == 404
    assert send(other, contract, ROSTER).status_code == 422
    run.refresh_from_db()
    assert run.status == FeedStatus.CHECKED


def test_a_file_that_is_too_large_is_not_kept(contract, intake, settings):
    settings.FEED_LARGEST_BYTES = 10

    response = send(browser(intake), contract, ROSTER)

    assert response.status_code == 422
    assert "a feed may have 0 MB" in response.content.decode()
    assert not FeedRun.objects.exists()


def test_a_file_leads_to_its_records_and_they_to_their_row(contract, intake):
    MemberFactory(organisation=contract.provider, reference="A")
    client = browser(intake)
    response = send(
        client, contract, "activity_ref,member_ref,service,occurred_on\n1,A,outreach,2026-05-01", kind="services"
    )
    work_off()
    run = FeedRun.objects.get()
    client.post(reverse("contracts:apply_feed", args=[run.pk]))
    work_off()

    address = f"{reverse('baseline:activities')}?feed_run={run.pk}"
    record = reverse("baseline:activity", args=[Activity.objects.get().pk])
    assert address in client.get(response.headers["Location"]).content.decode()
    assert record in client.get(address).content.decode()
    assert record not in client.get(f"{reverse('baseline:activities')}?feed_run={run.pk + 1}").content.decode()
    assert "row 2" in client.get(record).content.decode()


def test_a_supervisor_reads_feeds_and_sends_none(contract, intake):
    send(browser(intake), contract, ROSTER + "B,Ben,1951-01-01,adult,north,2026-01-01,")
    work_off()
    client = browser(person(Role.SUPERVISOR, contract.provider))
    run = FeedRun.objects.get()

    assert client.get(reverse("contracts:feed_run", args=[run.pk])).status_code == 200
    assert client.get(reverse("contracts:send_feed")).status_code == 403
    assert client.post(reverse("contracts:apply_feed", args=[run.pk])).status_code == 403


def test_the_list_of_files_is_filtered_and_exported(contract, intake):
    client = browser(intake)
    send(client, contract, ROSTER + "B,Ben,1951-01-01,adult,north,2026-01-01,")

    assert "roster.csv" in client.get(reverse("contracts:feeds")).content.decode()
    assert "roster.csv" not in client.get(reverse("contracts:feeds"), {"kind": "levels"}).content.decode()
    exported = client.get(reverse("contracts:feeds"), {"export": "csv"})
    assert b"roster.csv" in b"".join(exported.streaming_content)
