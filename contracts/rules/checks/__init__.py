"""What the types cannot say: codes that are declared, tables that fit together, parts that need each other."""

from contracts.rules.checks.baseline import check_baseline
from contracts.rules.checks.care import check_care
from contracts.rules.checks.outcomes import check_outcomes
from contracts.rules.checks.parties import check_parties
from contracts.rules.checks.risk import check_risk
from contracts.rules.checks.services import check_services
from contracts.rules.checks.settlement import check_settlement
from contracts.rules.document import ContractDocument
from contracts.rules.faults import Faults


def check(document: ContractDocument, faults: Faults) -> None:
    """Add every fault of a document whose values are all of the right type."""
    check_parties(document, faults)
    if document.term.to < document.term.from_:
        return  # every range would be at fault for it
    for part in (
        check_care,
        check_services,
        check_baseline,
        check_risk,
        check_outcomes,
        check_settlement,
    ):
        part(document, faults)
