"""Every hostile file through every door: the command, the page and the interface for programs say the same of it."""

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from baseline.models import Activity
from blended_pilot.jobs import doorbell
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import run as run_job
from contracts.models import Contract, FeedReject, FeedRun, FeedStatus
from eligibility.models import Member
from tests.api.conftest import Program, program_of
from tests.contracts.hostile import CORPUS, Hostile
from tests.factories.accounts import person
from tests.factories.contracts import signed_contract
from tests.factories.eligibility import MemberFactory

pytestmark = pytest.mark.django_db
AT_THE_DOOR = 422


@dataclass(frozen=True)
class Outcome:
    """What came of a file: why it cannot be used, or how many rows were applied and which were rejected."""

    unusable: str = ""
    applied: int = 0
    rejected: tuple[tuple[int, str], ...] = ()

    def agrees(self, hostile: Hostile) -> bool:
        if hostile.unusable or self.unusable:
            # an empty upload is refused by the form, in its own words
            return bool(hostile.unusable) and (hostile.unusable in self.unusable or "empty" in self.unusable)
        return (self.applied, self.rejected) == (hostile.applied, hostile.rejected)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    monkeypatch.setattr(doorbell, "ring", lambda job_id: None)
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.FEED_LARGEST_UNPACKED_BYTES = 20_000_000
    settings.FEED_LARGEST_BYTES = 10_000_000


@pytest.fixture
def contract() -> Contract:
    contract = signed_contract()
    MemberFactory(organisation=contract.provider, reference="A")
    return contract


def by_command(contract: Contract, tmp_path: Path) -> Callable[[Hostile], Outcome]:
    def send(hostile: Hostile) -> Outcome:
        path = tmp_path / hostile.file_name
        path.write_bytes(hostile.content)
        out, err = io.StringIO(), io.StringIO()
        try:
            call_command("feed", "services", str(path), "--contract", contract.code, "--json", stdout=out, stderr=err)
        except SystemExit as end:
            return Outcome(unusable=err.getvalue() or out.getvalue()) if end.code == 2 else Outcome(applied=-1)
        return of_run()

    return send


def by_page(contract: Contract) -> Callable[[Hostile], Outcome]:
    client = Client()
    user = person(Role.INTAKE, contract.provider)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])

    def send(hostile: Hostile) -> Outcome:
        file = SimpleUploadedFile(hostile.file_name, hostile.content)
        sent = client.post(reverse("contracts:send_feed"), {"contract": contract.pk, "kind": "services", "file": file})
        if sent.status_code == AT_THE_DOOR:
            return Outcome(unusable=sent.content.decode())
        assert sent.status_code == 302, sent.status_code
        work_off()
        run = FeedRun.objects.get()
        page = client.get(sent.headers["Location"])
        assert page.status_code == 200, page.status_code
        if run.status == FeedStatus.UNUSABLE:
            return Outcome(unusable=" ".join(run.reasons))
        applied = client.post(reverse("contracts:apply_feed", args=[run.pk]))
        assert applied.status_code == 302, applied.status_code
        work_off()
        for form in ("csv", "xlsx"):
            download = client.get(reverse("contracts:rejected_rows", args=[run.pk, form]))
            assert download.status_code == 200
            assert b"".join(download.streaming_content)
        return of_run()

    return send


def by_program(contract: Contract) -> Callable[[Hostile], Outcome]:
    program: Program = program_of(person(Role.INTAKE, contract.provider))

    def send(hostile: Hostile) -> Outcome:
        file = SimpleUploadedFile(hostile.file_name, hostile.content)
        body = {"contract": contract.code, "kind": "services", "file": file}
        sent = program.client.post("/api/v1/feeds/", body)
        if sent.status_code == AT_THE_DOOR:
            return Outcome(unusable=sent.content.decode())
        assert sent.status_code == 202, sent.content
        work_off()
        address = f"feeds/{sent.json()['feed']['id']}/"
        shown = program.get(address).json()
        if shown["status"] == FeedStatus.UNUSABLE:
            return Outcome(unusable=" ".join(shown["reasons"]))
        assert program.post(f"{address}apply/").status_code == 202
        work_off()
        rejects = program.get(f"{address}rejects/").json()["results"]
        assert all(reject["row_number"] and reject["sentence"] for reject in rejects)
        shown = program.get(address).json()
        return Outcome(
            applied=shown["rows_applied"],
            rejected=tuple((reject["row_number"], reject["column"]) for reject in rejects),
        )

    return send


def work_off() -> None:
    for job in Job.objects.filter(status=Status.QUEUED).order_by("pk"):
        done = run_job(job_id=job.pk, clock=timezone.now)
        assert done is not None
        # one attempt: what is tried again is a fault of the program
        assert (done.status, done.attempts) == (Status.DONE, 1), done.error


def of_run() -> Outcome:
    run = FeedRun.objects.get()
    assert run.status == FeedStatus.APPLIED
    rejected = tuple(run.rejects.order_by("row_number").values_list("row_number", "column"))
    return Outcome(applied=run.rows_applied, rejected=rejected)


def half(hostile: Hostile) -> str:
    """What is left of a file that should not be."""
    rows = Activity.objects.count()
    if rows != hostile.applied:
        return f"{rows} rows are in"
    if hostile.unusable and Member.objects.count() != 1:
        return "a member is in"
    speechless = [reject for reject in FeedReject.objects.all() if not re.search(r"\w", reject.sentence)]
    return "a rejected row without a sentence" if speechless else ""


def each(send: Callable[[Hostile], Outcome]) -> Iterator[str]:
    """What is not as it should be, file by file; every file finds the database as it was."""
    for hostile in CORPUS:
        # by hand, because a job is run outside every block
        before = transaction.savepoint()
        try:
            outcome, left = send(hostile), half(hostile)
        except Exception as fault:
            yield f"{hostile.name}: {fault!r}"
            continue
        finally:
            transaction.savepoint_rollback(before)
        if not outcome.agrees(hostile):
            yield f"{hostile.name}: {outcome}"
        if left:
            yield f"{hostile.name}: {left}"


def test_the_corpus_is_large_and_every_file_has_a_name() -> None:
    assert len({hostile.name for hostile in CORPUS}) == len(CORPUS) >= 200


def test_by_command(contract: Contract, tmp_path: Path) -> None:
    assert list(each(by_command(contract, tmp_path))) == []


def test_by_page(contract: Contract) -> None:
    assert list(each(by_page(contract))) == []


def test_by_program(contract: Contract) -> None:
    assert list(each(by_program(contract))) == []
