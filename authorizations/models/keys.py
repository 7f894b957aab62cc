"""The composite keys that tie a row of this stage to its organisation, member and contract."""

from blended_pilot.kernel.constraints import CompositeForeignKey


def of_organisation(prefix: str) -> list[CompositeForeignKey]:
    """`organisation` is the provider: the member belongs to it and the contract is one that it works under."""
    return [
        CompositeForeignKey(
            name=f"{prefix}_member_of_organisation",
            fields=["organisation", "member"],
            to="eligibility.Member",
            to_fields=["organisation", "id"],
        ),
        CompositeForeignKey(
            name=f"{prefix}_contract_of_organisation",
            fields=["organisation", "contract"],
            to="contracts.Contract",
            to_fields=["provider", "id"],
        ),
    ]


def in_organisation(name: str, field: str, to: str) -> CompositeForeignKey:
    """`field` names a row of `to` that belongs to the same organisation."""
    return CompositeForeignKey(name=name, fields=["organisation", field], to=to, to_fields=["organisation", "id"])
