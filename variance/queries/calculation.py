"""The calculation of one cycle, in order, on one page.

Everything owed for every service month of the term so far, less everything posted. All of it happens in temporary
tables inside PostgreSQL (they vanish with the transaction); Python hands over the terms and reads counts. The caller
holds `contracts.operations.facts.freeze`, so that every step sees the same facts.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection
from django.db.models import Min

from contracts.models import Contract, ContractVersion, VersionStatus
from contracts.queries.terms import SignedTerms, VersionTerms
from variance.models import Cycle, CycleStatus
from variance.queries import gates, sql
from variance.rules import terms

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
TABLES = (
    "term_month",
    "term_version",
    "term_clause",
    "term_rate",
    "term_block",
    "term_service",
    "term_price",
    "term_tier",
    "term_level",
    "term_package",
    "paid_level",
    "member_month",
    "undelivered",
    "level_share",
    "rate_in_force",
    "rate_card",
    "owed",
    "unpaid_month",
    "authorised",
    "latest_outcome",
    "work_record",
    "edited",
    "part",
    "priced",
    "judged",
    "held",
    "was_held",
    "difference",
    "change",
    "moved",
    "reauthorised",
    "baseline_reason",
    "activity_reason",
    "outcome_change",
)
OWED = (
    "01_terms",
    "02_paid_levels",
    "03_member_months",
    "04_delivered",
    "05_level_shares",
    "06_rates",
    "07_owed_baseline",
    "08_authorised",
    "09_latest_outcomes",
    "10_records",
    "11_edits",
    "12_maxima",
    "13_parts",
    "14_priced",
)
DIFFERENCES = (
    "21_gates",
    "30_differences",
    "31_changes",
    "32_moved",
    "33_baseline_reasons",
    "34_activity_reasons",
    "35_outcome_changes",
)


@dataclass(frozen=True)
class LastClose:
    """The latest closed cycle of a contract; `frozen_at` parts what was recorded in time from what came after."""

    cycle_id: int
    month: date
    frozen_at: datetime


def last_close(contract_id: int, *, before: date | None = None) -> LastClose | None:
    closed = Cycle.objects.filter(contract_id=contract_id, status=CycleStatus.CLOSED)
    if before is not None:
        closed = closed.filter(month__lt=before)
    latest = closed.order_by("-month").values_list("pk", "month", "frozen_at").first()
    return LastClose(*latest) if latest else None


def own_terms(signed: SignedTerms, month: date) -> VersionTerms:
    """Whose order, gates, look-back and closing day apply to the cycle of `month`: the version that governs it, or the
    first one where the term begins before any is in force."""
    return signed.on(month) or signed.versions[0]


def signed_since(contract_id: int, last: LastClose | None) -> list[int]:
    """Versions whose second signature was given after the last close. By the database's clock, as `frozen_at` is."""
    if last is None:
        return []
    signed = ContractVersion.history.filter(contract_id=contract_id, status=VersionStatus.SIGNED)
    first = signed.values("id").annotate(signed_at=Min("history_date"))
    return list(first.filter(signed_at__gt=last.frozen_at).values_list("id", flat=True))


def work_out(
    *, contract: Contract, month: date, signed: SignedTerms, signed_late: Iterable[int], last: LastClose | None
) -> list[gates.GateFinding]:
    """Fill the temporary tables for the cycle of `month`: `owed`, `judged`, `change` (with what to do about it), the
    reasons and `outcome_change`. Returns the gates, judged for every service month.

    `signed_late` are the versions signed since the last close.
    """
    document = own_terms(signed, month).document
    flat = terms.flat(signed.versions, until=month, signed_late=frozenset(signed_late))
    values: dict[str, Any] = {
        **{kind: json.dumps(rows) for kind, rows in flat.items()},
        # a service that its version no longer lists is judged by what any version says of its kind
        "episodic": sorted({row["service"] for row in flat["services"] if row["episodic"]}),
        "contract": contract.pk,
        "cycle_month": month,
        "recover_months": document.settlement.recover_months,
        "pay_months": document.settlement.pay_months,
        "last_cycle": last.cycle_id if last else None,
        "frozen_at": last.frozen_at if last else LONG_AGO,
    }
    _prepare()
    for step in OWED:
        sql.run(step, values)
    months = [date.fromisoformat(row["service_month"]) for row in flat["months"]]
    findings = gates.judge(document.gates, months, month, contract)
    held = [
        {"service_month": finding.service_month.isoformat(), "component": component}
        for finding in findings
        if not finding.passed
        for component in finding.held_components
    ]
    for step in DIFFERENCES:
        sql.run(step, {**values, "held": json.dumps(held)})
    return findings


def _prepare() -> None:
    with connection.cursor() as cursor:
        # Whole tables are hashed: with the default 4 MB they spill to disk many times over, and a merge join would
        # sort them first. Compiling these long one-off statements costs more than it saves. Statistics of a temporary
        # table only have to tell large from small.
        cursor.execute(
            "SET LOCAL work_mem = '128MB'; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off; "
            "SET LOCAL default_statistics_target = 10"
        )
        # a second calculation in one transaction starts anew
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{table}' for table in TABLES)}")
