"""What of a contract the program can work out. A stage declares what it brings when it starts.

A version that names a component or a gate that is not here may be loaded, shown and compared, but not signed: terms
that nobody works out would never be paid, and a gate that nobody judges would never pass.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.rules.document import ContractDocument, WithheldPool


@dataclass
class Capabilities:
    """Codes of the components and gates that some stage answers for."""

    components: set[str] = field(default_factory=set)
    gates: set[str] = field(default_factory=set)

    def declare(self, *, components: Iterable[str] = (), gates: Iterable[str] = ()) -> None:
        """Called in AppConfig.ready of the stage that works them out."""
        self.components |= set(components)
        self.gates |= set(gates)


capabilities = Capabilities()
declare = capabilities.declare


def components_of(document: ContractDocument) -> dict[str, str]:
    """The components that the document's parts give rise to, each with the key of the part."""
    found = {"baseline": "baseline"}
    if any(service.episodic and service.paid for service in document.services):
        found["activity"] = "services"
    if document.thresholds:
        found["threshold"] = "thresholds"
    if document.stop_loss and document.stop_loss.payment:
        found["stop_loss"] = "stop_loss.payment"
    if document.corridor:
        found["corridor"] = "corridor"
    if document.outcomes:
        if isinstance(document.outcomes.pool, WithheldPool):
            found["withhold"] = "outcomes.pool"
        found["outcome"] = "outcomes"
    return found


def beyond(document: ContractDocument, able: Capabilities = capabilities) -> list[str]:
    """One sentence for everything that the document names and the program cannot work out yet."""
    return [
        f"settlement.order[{index}]: the component '{component}' cannot be worked out yet"
        for index, component in enumerate(document.settlement.order)
        if component not in able.components
    ] + [
        f"gates[{index}].code: the gate '{gate.code}' cannot be judged yet"
        for index, gate in enumerate(document.gates)
        if gate.code not in able.gates
    ]
