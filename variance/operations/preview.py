"""The preview of a cycle: worked out, written down, and given a digest."""

from dataclasses import dataclass
from typing import Any

from contracts.models import Contract
from contracts.queries.terms import SignedTerms
from contracts.rules.document import ContractDocument
from variance.models import Cycle, CycleException, GateResult, PreviewLine, PreviewOutcome
from variance.queries import calculation, sql
from variance.queries.gates import GateFinding
from variance.rules.statement import plain


@dataclass(frozen=True)
class Preview:
    """What one calculation found. The temporary tables behind it stand until the transaction ends."""

    digest: str
    figures: dict[str, Any]
    gates: list[GateFinding]
    document: ContractDocument


def write(*, cycle: Cycle, contract: Contract, signed: SignedTerms) -> Preview:
    """Replace the cycle's preview by a new one. The caller has frozen the contract."""
    last = calculation.last_close(contract.pk, before=cycle.month)
    document = calculation.own_terms(signed, cycle.month).document
    findings = calculation.work_out(
        contract=contract,
        month=cycle.month,
        signed=signed,
        signed_late=calculation.signed_since(contract.pk, last),
        last=last,
    )
    values = {
        "organisation": cycle.organisation_id,
        "cycle": cycle.pk,
        "cycle_month": cycle.month,
        "order": list(document.settlement.order),
    }
    for model in (PreviewLine, PreviewOutcome, CycleException, GateResult):
        model.objects.filter(cycle_id=cycle.pk).delete()
    for part in ("preview/lines", "preview/outcomes", "preview/exceptions"):
        sql.run(part, values)
    GateResult.objects.bulk_create(
        GateResult(
            organisation_id=cycle.organisation_id,
            cycle=cycle,
            service_month=finding.service_month,
            code=finding.code,
            holds=finding.holds if isinstance(finding.holds, str) else list(finding.holds),
            passed=finding.passed,
            known=finding.known,
            missing=finding.missing,
            examples=finding.examples,
        )
        for finding in findings
    )
    return Preview(
        digest=sql.rows("preview/digest", values)[0]["digest"],
        figures=_figures(values),
        gates=findings,
        document=document,
    )


def _figures(values: dict[str, Any]) -> dict[str, Any]:
    """{kind: {about: {"number", "amount"}}}; amounts as exact text, because JSON has no decimals."""
    figures: dict[str, Any] = {}
    for row in sql.rows("preview/figures", values):
        figures.setdefault(row["kind"], {})[row["about"]] = {
            "number": row["number"],
            "amount": plain(row["amount"], 2),
        }
    return figures
