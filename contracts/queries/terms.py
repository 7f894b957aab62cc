"""The signed terms of a contract, as typed documents: what every later stage works from."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from contracts.models import ContractVersion, VersionStatus
from contracts.rules.document import ContractDocument


class NoTerms(LookupError):
    """The contract has no signed version."""


@dataclass(frozen=True)
class VersionTerms:
    """One signed version."""

    version_id: int
    number: int
    in_force_from: date
    digest: str
    document: ContractDocument


@dataclass(frozen=True)
class SignedTerms:
    """All signed versions of one contract, by number."""

    versions: tuple[VersionTerms, ...]

    def __bool__(self) -> bool:
        return bool(self.versions)

    def on(self, day: date) -> VersionTerms | None:
        """The version that governs `day`: the highest-numbered one in force from then or earlier."""
        return next((terms for terms in reversed(self.versions) if terms.in_force_from <= day), None)

    @property
    def latest(self) -> VersionTerms:
        """The highest-numbered signed version, in force or to come. Raises NoTerms."""
        if not self.versions:
            raise NoTerms("The contract has no signed version.")
        return self.versions[-1]

    @property
    def first_day(self) -> date:
        """The term's first day. Raises NoTerms."""
        return self.latest.document.term.from_


# what was signed never changes, so that its digest is a safe key; a few hundred documents are a few megabytes
@lru_cache(maxsize=256)
def _document(version_id: int, digest: str) -> ContractDocument:
    return ContractDocument.model_validate(
        ContractVersion.objects.values_list("document", flat=True).get(pk=version_id)
    )


def document_of(version: ContractVersion) -> ContractDocument:
    """The typed document of any version, draft or signed."""
    return ContractDocument.model_validate(version.document)


def signed_terms(contract_id: int) -> SignedTerms:
    """One query; documents that were read before come from memory."""
    return signed_terms_of([contract_id])[contract_id]


def signed_terms_of(contract_ids: Iterable[int]) -> dict[int, SignedTerms]:
    """The terms of several contracts, by contract, in one query; those of an unsigned contract are empty."""
    versions: dict[int, list[VersionTerms]] = {contract_id: [] for contract_id in contract_ids}
    found = (
        ContractVersion.objects.filter(contract__in=list(versions), status=VersionStatus.SIGNED)
        .order_by("number")
        .values_list("contract_id", "pk", "number", "in_force_from", "digest")
    )
    for contract_id, pk, number, start, digest in found:
        versions[contract_id].append(
            VersionTerms(
                version_id=pk, number=number, in_force_from=start, digest=digest, document=_document(pk, digest)
            )
        )
    return {contract_id: SignedTerms(tuple(signed)) for contract_id, signed in versions.items()}
