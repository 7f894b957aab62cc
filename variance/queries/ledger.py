"""Ledger entries, for pages and exports, and the clause behind each."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, QuerySet

from contracts.models import ContractVersion
from eligibility.queries.identities import shown_reference
from variance.models import LedgerEntry


def entries(*, contract_id: int, month: date | None = None, reader: Any = None) -> QuerySet[LedgerEntry]:
    """Entries by number, of one cycle or all, each with `member_ref` as `reader` may see it (None: the operator)."""
    found = LedgerEntry.objects.filter(contract_id=contract_id)
    if month is not None:
        found = found.filter(cycle__month=month)
    shown = F("member__reference") if reader is None else shown_reference(reader, "member__")
    return found.annotate(member_ref=shown).select_related("contract", "cycle", "activity").order_by("entry_no")


@dataclass(frozen=True)
class Clause:
    """The term behind an entry: the version's number, the key path, and what stands there."""

    version: int
    path: str
    terms: Any


def clause_of(version: ContractVersion, path: str) -> Clause:
    """What stands at a key path such as `baseline.rates[4]`; `terms` is None where the path leads nowhere."""
    return Clause(version=version.number, path=path, terms=_at(version.document, path))


def _at(document: Any, path: str) -> Any:
    here = document
    for step in path.replace("[", ".[").split("."):
        try:
            here = here[int(step[1:-1])] if step.startswith("[") else here[step]
        except (KeyError, IndexError, TypeError):
            return None
    return here
