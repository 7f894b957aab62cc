"""Order of components, gates and monitoring."""

from itertools import pairwise

from contracts.rules.capabilities import components_of
from contracts.rules.document import ContractDocument
from contracts.rules.faults import Faults


def check_settlement(document: ContractDocument, faults: Faults) -> None:
    order = document.settlement.order
    faults.once("settlement", "order", values=order)
    for component, clause in components_of(document).items():
        if component not in order:
            faults.add("settlement", "order", sentence=f"leaves out '{component}', which {clause} needs")
    for component in document.settlement.ledger_codes:
        if component not in order:
            faults.add(
                "settlement", "ledger_codes", component, sentence=f"'{component}' is not one of {', '.join(order)}"
            )
    faults.once("gates", values=[gate.code for gate in document.gates], key="code")
    for index, gate in enumerate(document.gates):
        for place, component in enumerate(gate.held_components):
            faults.among("gates", index, "holds", place, value=component, known=order)
        faults.once("gates", index, "holds", values=gate.held_components)
    _check_monitoring(document, faults)


def _check_monitoring(document: ContractDocument, faults: Faults) -> None:
    monitoring = document.monitoring
    for key in ("variance_by", "decide", "drift", "equity_groups"):
        faults.once("monitoring", key, values=getattr(monitoring, key))
    if monitoring.baseline_points < 6:
        faults.add("monitoring", "baseline_points", sentence="must be at least 6: fewer points fix no limits")
    for index, (age, following) in enumerate(pairwise(monitoring.age_bands)):
        if following <= age:
            faults.add(
                "monitoring",
                "age_bands",
                index + 1,
                sentence=f"{following} does not come after {age}; write the ages in rising order",
            )
