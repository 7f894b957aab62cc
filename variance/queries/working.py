"""How each line of a statement came about: the clauses, the inputs and the steps, as data."""

from collections import defaultdict
from typing import Any

from django.db.models import Count, Sum

from contracts.models import ContractVersion
from contracts.rules.document import ContractDocument
from variance.models import Component, Cycle, LedgerEntry, Statement, StatementLine
from variance.queries.ledger import clause_of
from variance.queries.statements import line_values, lines_of
from variance.rules.statement import plain


def statement_with_working(statement: Statement) -> dict[str, Any]:
    """The whole statement as JSON-ready values: heading, lines with their working, gates, exceptions, unpaid work."""
    cycle = statement.cycle
    versions = {version.pk: version for version in statement.contract.versions.all()}
    behind = _clauses(statement, versions)
    return {
        **statement.heading,
        "statement_no": statement.number,
        "total": plain(statement.total, 2),
        "content_hash": statement.content_hash,
        "lines": [
            {**line_values(line), "working": _working(line, behind[line.pk])}
            for line in lines_of(statement.pk).iterator()
        ],
        "gates": _gates(cycle),
        "exceptions": cycle.figures.get("exceptions", {}),
        "held": cycle.figures.get("held", {}),
        "activity": cycle.figures.get("outcomes", {}),
        "member_months": cycle.figures.get("member_months", {}),
        "terms_applied": [_terms(version) for version in versions.values() if version.pk in _used(behind)],
    }


def _clauses(statement: Statement, versions: dict[int, ContractVersion]) -> dict[int, list[dict[str, Any]]]:
    """Per line: each clause behind it, with the rows, quantity and amount that follow from it."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    grouped = (
        LedgerEntry.objects.filter(cycle_id=statement.cycle_id)
        .values("statement_line_id", "version_id", "clause")
        .annotate(rows=Count("pk"), quantity=Sum("quantity"), amount=Sum("amount"))
        .order_by("statement_line_id", "version_id", "clause")
    )
    for group in grouped.iterator():
        clause = clause_of(versions[group["version_id"]], group["clause"])
        found[group["statement_line_id"]].append(
            {
                "version": clause.version,
                "version_id": group["version_id"],
                "clause": clause.path,
                "terms": clause.terms,
                "rows": group["rows"],
                "quantity": plain(group["quantity"]),
                "amount": plain(group["amount"], 2),
            }
        )
    return found


def _used(behind: dict[int, list[dict[str, Any]]]) -> set[int]:
    return {clause["version_id"] for clauses in behind.values() for clause in clauses}


def _working(line: StatementLine, clauses: list[dict[str, Any]]) -> dict[str, Any]:
    rows = sum(clause["rows"] for clause in clauses)
    return {
        "rows": rows,
        "clauses": [{key: value for key, value in clause.items() if key != "version_id"} for clause in clauses],
        "steps": _steps(line),
        "rounded_to": line.places,
    }


def _steps(line: StatementLine) -> list[str]:
    """Formulae, not sentences: they are read by programs as well."""
    if line.component == Component.BASELINE and line.service:
        return ["row = block amount", "amount = round(sum(rows))"]
    if line.component == Component.BASELINE:
        return ["row = rate x exact quantity", "amount = round(sum(rows))"]
    if line.rate is None:
        return ["row = min(billed, ceiling x units) x paid units / units", "amount = round(sum(rows))"]
    return ["row = rate x paid units", "amount = round(sum(rows))"]


def _terms(version: ContractVersion) -> dict[str, Any]:
    document = ContractDocument.model_validate(version.document)
    settlement = document.settlement
    return {
        "version": version.number,
        "in_force_from": version.in_force_from.isoformat(),
        "digest": version.digest,
        "member_month": settlement.member_month,
        "level_change": settlement.level_change,
        "paid_when": document.baseline.paid_when,
        "rounding": settlement.rounding.model_dump(mode="json"),
        "recover_months": settlement.recover_months,
        "pay_months": settlement.pay_months,
        "order": list(settlement.order),
    }


def _gates(cycle: Cycle) -> list[dict[str, Any]]:
    return [
        {
            "gate": gate.code,
            "service_month": f"{gate.service_month:%Y-%m}",
            "holds": gate.holds,
            "passed": gate.passed,
            "missing": gate.missing,
        }
        for gate in cycle.gateresults.order_by("service_month", "code")
    ]
