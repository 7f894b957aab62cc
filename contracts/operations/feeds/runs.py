"""The life of a feed run.

uploaded → checked → applied
   ↓          ↓
unusable   discarded        (an uploaded or unusable run may be discarded, too)

A file from the command line is checked and applied in one step. Whatever was found when it was checked, applying judges
the file anew against the facts of that moment, in one transaction with what it writes.
"""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files import File
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable
from blended_pilot.kernel.scope import SYSTEM, acting
from contracts.models import Contract, FeedRun, FeedStatus
from contracts.operations.facts import hold_open
from contracts.operations.feeds.judging import Judged, Progress, judge, one_at_a_time, work_on
from contracts.operations.feeds.rejects import Reject, keep_rejects, rejects
from contracts.operations.feeds.work import Source, Work

MANY = 1_000  # rows that change what the database knows of a table
WAITING = (FeedStatus.UPLOADED, FeedStatus.CHECKED)


class AlreadyDealtWith(Refused):
    """The run was applied or discarded already, or cannot be used."""


def _silent(done: int, total: int | None, text: str) -> None:
    """Progress that nobody looks at."""


def rehearse(
    *,
    source: Source,
    contract_id: int,
    actor: Any,
    now: datetime,
    each_reject: Callable[[Reject], None] = lambda reject: None,
) -> Judged:
    """Check a file and write nothing. Raises NotAllowed, NothingSigned, Unusable."""
    with acting(SYSTEM), transaction.atomic():  # as `recording` would: it is judged against every row there is
        contract = Contract.objects.get(pk=contract_id)
        _require(actor, contract)
        work = work_on(kind=source.kind, source=source, contract=contract, now=now, run_id=None)
        judged = judge(work, source, progress=_silent, preview=True)
        for reject in rejects(work, source):
            each_reject(reject)
        return judged


def send(*, source: Source, contract_id: int, actor: Any, now: datetime) -> FeedRun:
    """Check a file and apply its good rows at once. Raises NotAllowed, NothingSigned, Unusable."""
    with recording(actor=actor, reason=_reason(source.kind.name, source.file_name)):
        contract = hold_open(contract_id)
        _require(actor, contract)
        run = FeedRun.objects.create(
            contract=contract,
            organisation_id=contract.provider_id,
            kind=source.kind.name,
            file_name=source.file_name[:200],
            sha256=source.sha256,
            size=source.size,
            mapping=source.mapping,
            uploaded_by=actor,
            uploaded_at=now,
        )
        return _apply(run, contract, source, actor=actor, now=now, progress=_silent)


def upload(
    *,
    contract_id: int,
    kind: str,
    file: "File[bytes]",
    file_name: str,
    mapping: dict[str, Any],
    actor: Any,
    now: datetime,
) -> tuple[FeedRun, bool]:
    """Keep a file to be checked; (its run, whether it is new). Raises NotAllowed.

    The same file for the same contract, kind and mapping that still waits is the same run, whoever sent it.
    """
    with recording(actor=actor, reason=_reason(kind, file_name)):
        contract = Contract.objects.get(pk=contract_id)
        _require(actor, contract)
        # two people sending one file at once: the second waits here and then finds the run of the first
        one_at_a_time(contract.provider_id)
        sha256 = _digest(file)
        mapping_sha256 = hashlib.sha256(json.dumps(mapping, sort_keys=True).encode()).hexdigest()
        waiting = FeedRun.objects.filter(
            contract=contract, kind=kind, sha256=sha256, mapping_sha256=mapping_sha256, status__in=WAITING
        ).first()
        if waiting is not None:
            return waiting, False
        run = FeedRun(
            contract=contract,
            organisation_id=contract.provider_id,
            kind=kind,
            file_name=file_name[:200],
            sha256=sha256,
            size=file.size,
            mapping=mapping,
            mapping_sha256=mapping_sha256,
            uploaded_by=actor,
            uploaded_at=now,
        )
        run.stored.save("feed", file, save=False)
        run.save()
        return run, True


def check(*, run_id: int, source: Source, actor: Any, now: datetime, progress: Progress = _silent) -> FeedRun:
    """Check an uploaded file and keep what it would change. Raises NotAllowed, AlreadyDealtWith, Unusable."""
    with recording(actor=actor):
        run, contract = _locked(run_id, actor, WAITING)
        work = work_on(kind=source.kind, source=source, contract=contract, now=now, run_id=run.pk)
        judged = judge(work, source, progress=progress, preview=True)
        _keep(run, work, source, judged)
        run.status = FeedStatus.CHECKED
        run.preview = {
            "changes": [
                {
                    "code": change.code,
                    "title": str(change.title),
                    "count": change.count,
                    "examples": change.examples,
                    "members": change.members,
                }
                for change in judged.changes
            ],
            "months": [[f"{month:%Y-%m}", count] for month, count in judged.months],
        }
        run.save()
        return run


def apply(*, run_id: int, source: Source, actor: Any, now: datetime, progress: Progress = _silent) -> FeedRun:
    """Apply the good rows of a checked file. Raises NotAllowed, AlreadyDealtWith, Unusable."""
    file_name, kind, contract_id = FeedRun.objects.values_list("file_name", "kind", "contract_id").get(pk=run_id)
    with recording(actor=actor, reason=_reason(kind, file_name)):
        contract = hold_open(contract_id)
        run, _contract = _locked(run_id, actor, [FeedStatus.CHECKED])
        return _apply(run, contract, source, actor=actor, now=now, progress=progress)


def mark_unusable(*, run_id: int, error: Unusable | Refused, actor: Any, now: datetime) -> FeedRun:
    """Keep why a file cannot be used, or why it may not be."""
    with recording(actor=actor):
        run, _contract = _locked(run_id, actor, WAITING)
        run.status = FeedStatus.UNUSABLE
        run.reasons = [error.sentence, *error.reasons]
        run.save()
        return run


def discard(*, run_id: int, actor: Any, now: datetime) -> FeedRun:
    """Give up a file that was not applied; its rejected rows and its copy go. Raises NotAllowed, AlreadyDealtWith."""
    with recording(actor=actor):
        run, _contract = _locked(run_id, actor, [*WAITING, FeedStatus.UNUSABLE])
        run.status = FeedStatus.DISCARDED
        run.rejects.all().delete()
        stored = run.stored.name
        run.stored = ""
        run.save()
        if stored:
            transaction.on_commit(lambda: run.stored.storage.delete(stored))
        return run


def _apply(
    run: FeedRun, contract: Contract, source: Source, *, actor: Any, now: datetime, progress: Progress
) -> FeedRun:
    one_at_a_time(contract.provider_id)
    work = work_on(kind=source.kind, source=source, contract=contract, now=now, run_id=run.pk)
    judged = judge(work, source, progress=progress, preview=False)
    progress(judged.read, None, _("Applying rows"))
    with connection.cursor() as cursor:
        source.kind.merge(work)
        if judged.applied >= MANY:
            # keys are checked, and cycles worked out, long before the database would look at these tables by itself
            cursor.execute("SET LOCAL default_statistics_target TO DEFAULT")
            cursor.execute("SELECT look_at_tables(VARIADIC %s::regclass[])", [list(source.kind.tables)])
        # what a person entered meanwhile may stand in the way: find out here, where the caller can judge anew
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    _keep(run, work, source, judged)
    run.status = FeedStatus.APPLIED
    run.applied_by = actor
    run.applied_at = now
    run.save()
    return run


def _keep(run: FeedRun, work: Work, source: Source, judged: Judged) -> None:
    run.rows_read, run.rows_applied = judged.read, judged.applied
    run.rows_unchanged, run.rows_rejected = judged.unchanged, judged.rejected
    run.unknown_columns = [name[:200] for name in judged.ignored]
    run.header = list(source.header)
    keep_rejects(work, rejects(work, source))


def _locked(run_id: int, actor: Any, statuses: Any) -> tuple[FeedRun, Contract]:
    run = FeedRun.objects.select_for_update(of=["self"]).select_related("contract").get(pk=run_id)
    _require(actor, run.contract)
    if run.status not in statuses:
        raise AlreadyDealtWith(
            _("This file was dealt with already: %(status)s.") % {"status": str(run.get_status_display()).lower()}
        )
    return run, run.contract


def _require(actor: Any, contract: Contract) -> None:
    # the system user is the operator at the command line, who has the file and the database in hand
    if not actor.is_system:
        require_on(actor, "feed.upload", contract, _("Only the provider's staff may send feeds for this contract."))


def _reason(kind: str, file_name: str) -> str:
    return f"feed {kind} {file_name}"[:100]


def _digest(file: "File[bytes]") -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
