"""Work to be killed: files waiting to be applied, months waiting to be closed; and what must be true of them always."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.utils import timezone

from accounts.models import Role, User
from baseline.models import Activity
from blended_pilot.jobs.models import Job, Status
from blended_pilot.jobs.operations import enqueue
from contracts.imports.doors import check_stored
from contracts.models import Contract, FeedRun, FeedStatus
from contracts.operations import feeds
from contracts.tasks import APPLY
from eligibility.models import CoverageSpan, Member
from tests.factories.accounts import person
from tests.factories.contracts import document, signatory, signed_contract
from variance.models import ActivityOutcome, Cycle, CycleStatus, LedgerEntry, PreviewLine, Statement, StatementLine
from variance.operations import cycles
from variance.queries import proofs

CLOSE = "cycle.close"
JANUARY = date(2026, 1, 1)
NOW = datetime(2026, 9, 1, 16, tzinfo=UTC)
ROWS = 300  # of a file
MEMBERS = 60
VISITS = 120  # of a month


@dataclass
class Pilots:
    """Two contracts to import into, and one contract for each month that is to be closed."""

    closing: int
    _importing: list[tuple[Contract, User]] = field(default_factory=list)
    _approvers: dict[int, User] = field(default_factory=dict)
    _files: int = 0
    _waiting: list[Cycle] = field(default_factory=list)

    def set_up(self) -> None:
        for number in range(2):
            contract = _contract(f"IN-{number}")
            self._importing.append((contract, person(Role.OPERATIONS, contract.provider)))
        for number in range(self.closing):
            self._waiting.append(self._approved(_contract(f"CLOSE-{number}")))

    def ask(self, kind: str) -> Job:
        """Enqueue one more job: "feed.apply" or "cycle.close" (or the former when every month is asked for)."""
        if kind == CLOSE and self._waiting:
            cycle = self._waiting.pop()
            approver = self._approvers[cycle.contract_id]
            return _asked(CLOSE, "cycle", cycle, approver)
        run, actor = self._checked()
        return _asked(APPLY, "run", run, actor)

    def _checked(self) -> tuple[FeedRun, User]:
        self._files += 1
        contract, actor = self._importing[self._files % 2]
        file = ContentFile(_services(self._files))
        what = {"contract_id": contract.pk, "kind": "services", "file_name": "services.csv", "mapping": {}}
        run, _new = feeds.upload(file=file, actor=actor, now=NOW, **what)
        check_stored(run_id=run.pk, actor=actor, now=NOW, progress=lambda *_shown: None)
        return run, actor

    def _approved(self, contract: Contract) -> Cycle:
        preparer, approver = signatory(contract.provider), signatory(contract.commissioner)
        self._approvers[contract.pk] = approver
        cycle = cycles.open_cycle(contract_id=contract.pk, month=JANUARY, actor=preparer, now=NOW)
        cycles.calculate(cycle_id=cycle.pk, actor=preparer, now=NOW)
        cycles.submit_for_review(cycle_id=cycle.pk, actor=preparer, now=NOW)
        return cycles.approve(cycle_id=cycle.pk, actor=approver, now=NOW)

    def tried(self, times: int) -> bool:
        """Whether a worker is at a job for more than so many times."""
        return Job.objects.filter(status=Status.RUNNING, attempts__gt=times).exists()

    def faults(self) -> list[str]:
        """What is half done, at one moment: nothing ever may be."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT")  # the database is told who asks now: a transaction's first word is its isolation
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            jobs = {(job.kind, job.key): job.status for job in Job.objects.all()}
            return [*_half_imports(jobs), *_half_closes(jobs)]

    def unproved(self) -> list[str]:
        """What `verify` finds wrong over everything."""
        found = proofs.of_everything()
        for contract in Contract.objects.order_by("pk"):
            with transaction.atomic():
                found += proofs.of_contract(contract)
        return [f"{proof.about} {proof.code}: {fault}" for proof in found for fault in proof.faults]

    def unfinished(self) -> list[str]:
        """Jobs that are not done."""
        left = Job.objects.exclude(status=Status.DONE).order_by("pk")
        return [f"{job.kind} {job.key}: {job.status}, attempt {job.attempts} {job.error}" for job in left]

    def seconds(self) -> dict[str, float]:
        """How long the last job of each kind took."""
        done = Job.objects.filter(status=Status.DONE).order_by("pk")
        return {job.kind: (job.finished_at - job.started_at).total_seconds() for job in done}

    def attempts(self) -> dict[str, dict[int, int]]:
        """How many jobs of each kind took how many attempts."""
        found: dict[str, dict[int, int]] = {APPLY: {}, CLOSE: {}}
        for kind, attempts, jobs in (
            Job.objects.order_by("attempts").values_list("kind", "attempts").annotate(Count("pk"))
        ):
            found[kind][attempts] = jobs
        return found


def _contract(code: str) -> Contract:
    """Signed, with members in the pilot since January who were visited."""
    visit = {**document()["services"][1], "filing_limit_days": 400}
    contract = signed_contract(
        code=code,
        provider={"code": f"p-{code.lower()}", "name": code},
        services=[document()["services"][0], visit],
        eligibility={"provisional_level": "L1"},
    )
    owner = {"organisation_id": contract.provider_id}
    members = Member.objects.bulk_create(Member(**owner, reference=f"M{number}") for number in range(MEMBERS))
    CoverageSpan.objects.bulk_create(
        CoverageSpan(**owner, contract=contract, member=member, starts_on=JANUARY, cohort="adult", geography="north")
        for member in members
    )
    Activity.objects.bulk_create(
        Activity(
            **owner, contract=contract, member=members[number % MEMBERS], activity_ref=f"V{number}",
            service="crisis_visit", occurred_on=JANUARY + timedelta(number % 28), units=1,
            received_on=JANUARY + timedelta(28), verified_on=JANUARY + timedelta(28), verified_by="Grace",
        )
        for number in range(VISITS)
    )  # fmt: skip
    return contract


def _asked(kind: str, name: str, subject: Any, actor: User) -> Job:
    return enqueue(kind=kind, key=str(subject.pk), payload={name: subject.pk}, actor=actor, now=timezone.now())


def _services(file: int) -> bytes:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["activity_ref", "member_ref", "service", "occurred_on"])
    for row in range(ROWS):
        lines.writerow([f"F{file}-{row}", f"M{row % MEMBERS}", "outreach", f"2026-05-{1 + row % 28:02}"])
    return out.getvalue().encode()


def _half_imports(jobs: dict[tuple[str, str], str]) -> Iterator[str]:
    applied = dict(Activity.objects.exclude(feed_run=None).values_list("feed_run").annotate(Count("pk")))
    for run in FeedRun.objects.order_by("pk"):
        done = jobs.get((APPLY, str(run.pk))) == Status.DONE
        stands = {
            "job done": done,
            "run applied": run.status == FeedStatus.APPLIED,
            "rows": applied.get(run.pk, 0) == ROWS,
        }
        nothing = not any(stands.values()) and not applied.get(run.pk)
        if not nothing and not (all(stands.values()) and run.rows_applied == ROWS):
            yield f"file {run.pk} is half in: {json.dumps(stands)}, {applied.get(run.pk, 0)} rows"


def _half_closes(jobs: dict[tuple[str, str], str]) -> Iterator[str]:
    owed = _sums(PreviewLine)
    posted, lines = _sums(LedgerEntry), _sums(StatementLine, "statement__cycle")
    issued = dict(Statement.objects.values_list("cycle", "total"))
    judged = dict(ActivityOutcome.objects.values_list("cycle").annotate(Count("pk")))
    for cycle in Cycle.objects.order_by("pk"):
        done = jobs.get((CLOSE, str(cycle.pk))) == Status.DONE
        closed = cycle.status == CycleStatus.CLOSED
        there = [each.get(cycle.pk) for each in (posted, lines, issued, judged)]
        entries, amount = owed[cycle.pk]
        whole = done and closed and posted.get(cycle.pk) == (entries, amount)
        whole = whole and lines.get(cycle.pk, (0, 0))[1] == issued.get(cycle.pk) == amount
        whole = whole and judged.get(cycle.pk) == VISITS
        if not whole and (done or closed or any(part is not None for part in there)):
            yield f"month {cycle.pk} is half closed: job done {done}, {cycle.status}, posted and issued {there}"


def _sums(model: Any, cycle: str = "cycle") -> dict[int, tuple[int, Any]]:
    rows = model.objects.values_list(cycle).annotate(Count("pk"), Sum("amount")).order_by()
    return {pk: (number, amount) for pk, number, amount in rows}
