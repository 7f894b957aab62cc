"""What of a contract the program can work out. A stage declares what it brings when it starts.

A version that names anything that is not here may be loaded, shown and compared, but not signed: terms that nobody
works out would never be paid, and a gate that nobody judges would never hold.
"""

from dataclasses import dataclass, field

from contracts.rules.document import ContractDocument


@dataclass
class Capabilities:
    """Names of components, gates and other parts (by their key in the document)."""

    components: set[str] = field(default_factory=set)
    gates: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)

    def declare(
        self, *, components: tuple[str, ...] = (), gates: tuple[str, ...] = (), parts: tuple[str, ...] = ()
    ) -> None:
        self.components |= set(components)
        self.gates |= set(gates)
        self.parts |= set(parts)


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
        if hasattr(document.outcomes.pool, "withhold_percent_of"):
            found["withhold"] = "outcomes.pool"
        found["outcome"] = "outcomes"
    return found


def beyond(document: ContractDocument, able: Capabilities = capabilities) -> list[str]:
    """One sentence for everything that the document names and the program cannot work out yet."""
    sentences = [
        f"settlement.order[{index}]: the component '{component}' cannot be worked out yet"
        for index, component in enumerate(document.settlement.order)
        if component not in able.components
    ]
    sentences += [
        f"gates[{index}].code: the gate '{gate.code}' cannot be judged yet"
        for index, gate in enumerate(document.gates)
        if gate.code not in able.gates
    ]
    sentences += [
        f"{path}: {what} cannot be followed yet" for path, part, what in _parts(document) if part not in able.parts
    ]
    return sentences


def _parts(document: ContractDocument) -> list[tuple[str, str, str]]:
    """(key path, part, what it is called) of terms beyond components and gates that change money."""
    return [
        (f"services[{index}].price", "tiered_prices", "a tiered price")
        for index, service in enumerate(document.services)
        if service.tiered
    ]
