"""How many members there are for each post that the baseline pays for, against what was agreed."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from contracts.models import Contract
from contracts.queries.terms import SignedTerms, signed_terms
from eligibility.models import CoverageSpan


@dataclass(frozen=True)
class Posts:
    """A role whose caseload the contract limits. Members are those covered on the day, of the whole contract."""

    role: str
    members: int
    funded_wte: Decimal
    caseload_per_wte: Decimal

    @property
    def members_per_post(self) -> Decimal | None:
        return self.members / self.funded_wte if self.funded_wte else None

    @property
    def above(self) -> bool:
        return self.members > self.funded_wte * self.caseload_per_wte


def posts(contract: Contract, on: date, signed: SignedTerms | None = None) -> list[Posts]:
    """Roles of `baseline.staffing` with a `caseload_per_wte`, by the terms of the day."""
    terms = (signed or signed_terms(contract.pk)).on(on)
    limited = [role for role in terms.document.baseline.staffing if role.caseload_per_wte] if terms else []
    if not limited:
        return []
    covered = CoverageSpan.objects.on(on).filter(contract=contract).values("member").distinct().count()
    return [
        Posts(
            role=role.role,
            members=covered,
            funded_wte=Decimal(role.funded_wte),
            caseload_per_wte=Decimal(role.caseload_per_wte or 0),
        )
        for role in limited
    ]
