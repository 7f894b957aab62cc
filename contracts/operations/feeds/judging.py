"""Check a file whole, and carry out what it would change: the same steps for every kind and every door."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.translation import gettext as _

from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from contracts.operations.feeds.kinds import Change, FeedKind
from contracts.operations.feeds.work import Source, Work, copy_in, governed, stage, state_terms
from contracts.queries.terms import SignedTerms, signed_terms

Progress = Callable[[int, int | None, str], None]


class NothingSigned(Refused):
    """The contract has no signed version to read codes by."""


@dataclass(frozen=True)
class Judged:
    """What a file holds and would change; read = applied + unchanged + rejected."""

    read: int
    applied: int
    unchanged: int
    rejected: int
    ignored: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    months: tuple[tuple[date, int], ...] = ()


def one_at_a_time(organisation_id: int) -> None:
    """Feeds of one provider follow each other until the transaction ends, so that each sees what the last one wrote."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('feeds'), %s)", [organisation_id % 2**31])


def work_on(*, kind: FeedKind, source: Source, contract: Contract, now: datetime, run_id: int | None) -> Work:
    """Raises NothingSigned."""
    terms = signed_terms(contract.pk)
    if not terms:
        raise NothingSigned(
            _("%(contract)s has no signed version yet. Feeds are read by signed terms; sign it first.")
            % {"contract": contract.code}
        )
    return Work(
        kind=kind,
        contract=contract,
        terms=terms,
        present=source.present,
        today=now.astimezone(ZoneInfo(contract.timezone)).date(),
        now=now,
        run_id=run_id,
    )


def judge(work: Work, source: Source, *, progress: Progress, preview: bool) -> Judged:
    """Stage the whole file, find its faults and plan its changes. Writes temporary tables only.

    Raises Unusable where the file cannot be read to its end.
    """
    stage(work)
    read = 0
    for batch in source.batches(zone=ZoneInfo(work.contract.timezone)):
        copy_in(work, batch)
        read = batch.read
        progress(read, None, _("Reading rows"))
    work.run("ANALYZE feed_stage")
    state_terms(work, _codes(work.terms))
    progress(read, None, _("Checking rows"))
    work.kind.judge(work)
    [(rejected,)] = work.rows("SELECT count(DISTINCT row_number) FROM feed_fault")
    counts = work.kind.counts(work)
    return Judged(
        read=read,
        applied=counts.applied,
        unchanged=counts.unchanged,
        rejected=rejected,
        ignored=tuple(source.ignored),
        changes=tuple(work.kind.changes(work)) if preview else (),
        months=tuple(work.kind.months(work)) if preview else (),
    )


def _codes(terms: SignedTerms) -> Iterator[tuple[str, str, date, date | None, bool, list[str]]]:
    for version, start, before in governed(terms):
        document: Any = version.document
        for what, coded in (
            ("level", document.levels),
            ("cohort", document.cohorts),
            ("geography", document.geographies),
        ):
            for each in coded:
                yield what, each.code, start, before, False, []
        for service in document.services:
            criteria = [criterion.code for criterion in service.criteria]
            yield "service", service.code, start, before, service.as_billed, criteria
