"""Contracts and their versions as screens and commands show them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, IntegerField, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from blended_pilot.kernel.errors import Unusable
from contracts.lifecycle import State, VersionFacts, state
from contracts.models import Contract, ContractVersion, Escalation, EscalationStatus, Signature
from contracts.queries.terms import document_of
from contracts.rules.canonical import content
from contracts.rules.comparison import Change, compare

STATE_WORDS = {
    State.DRAFT: gettext_lazy("Draft"),
    State.SIGNED_BY_ONE: gettext_lazy("Signed by one party"),
    State.NOT_YET_IN_FORCE: gettext_lazy("Not yet in force"),
    State.IN_FORCE: gettext_lazy("In force"),
    State.SUPERSEDED: gettext_lazy("Superseded"),
    State.ENDED: gettext_lazy("Ended"),
    State.WITHDRAWN: gettext_lazy("Withdrawn"),
}
STATE_TONES = {
    State.DRAFT: "warn",
    State.SIGNED_BY_ONE: "warn",
    State.NOT_YET_IN_FORCE: "info",
    State.IN_FORCE: "good",
}


@dataclass(frozen=True)
class VersionLine:
    """One version with its state on a day."""

    version: ContractVersion
    state: State
    signatures: tuple[Signature, ...]

    @property
    def number(self) -> int:
        return self.version.number

    @property
    def state_word(self) -> str:
        return str(STATE_WORDS[self.state])

    @property
    def tone(self) -> str:
        return STATE_TONES.get(self.state, "")


def contract(code: str) -> Contract:
    """The contract with this code, for the command line. Raises Unusable naming the known ones."""
    found = Contract.objects.select_related("commissioner", "provider", "pilot").filter(code=code).first()
    if found is not None:
        return found
    known = ", ".join(Contract.objects.order_by("code").values_list("code", flat=True)[:20])
    remedy = _("Known contracts: %(known)s.") % {"known": known} if known else _("No contract is loaded yet.")
    raise Unusable(_("There is no contract %(code)s.") % {"code": code}, [remedy])


def version(of: Contract, number: int) -> ContractVersion:
    """Raises Unusable naming the versions that there are."""
    found = ContractVersion.objects.select_related("contract").filter(contract=of, number=number).first()
    if found is not None:
        return found
    known = ", ".join(str(one) for one in of.versions.order_by("number").values_list("number", flat=True))
    raise Unusable(
        _("%(code)s has no version %(number)s; it has %(known)s.") % {"code": of.code, "number": number, "known": known}
    )


def local_today(of: Contract, now: datetime) -> date:
    """The day that it is where the contract is."""
    return now.astimezone(ZoneInfo(of.timezone)).date()


def version_lines(of: Contract, today: date) -> list[VersionLine]:
    """Every version, the latest first, with its state on `today`. Two queries."""
    rows = of.versions.order_by("-number").prefetch_related("signatures__signed_by", "signatures__organisation")
    return _lines(list(rows.annotate(term_to=KT("document__term__to")).defer("source")), today)


def listed_contracts(user: Any) -> QuerySet[Contract]:
    """Contracts that the person may see, with what a list tells of each: parties, versions, open escalations."""
    waiting = (
        Escalation.objects.visible_to(user)
        .filter(contract=OuterRef("pk"), status=EscalationStatus.OPEN)
        .order_by()
        .values("contract")
        .annotate(rows=Count("pk"))
        .values("rows")
    )
    versions = (
        ContractVersion.objects.defer("source", "document")
        .annotate(term_to=KT("document__term__to"))
        .prefetch_related("signatures")
    )
    return (
        Contract.objects.visible_to(user)
        .select_related("pilot", "commissioner", "provider")
        .annotate(waiting=Coalesce(Subquery(waiting, output_field=IntegerField()), 0))
        .prefetch_related(Prefetch("versions", versions))
    )


def standing(of: Contract, now: datetime) -> VersionLine | None:
    """The line that stands for a contract in a list: in force, else to come, else the latest."""
    rows = sorted(of.versions.all(), key=lambda row: -row.number)
    lines = _lines(rows, local_today(of, now))
    order = (State.IN_FORCE, State.NOT_YET_IN_FORCE)
    return next((line for wanted in order for line in lines if line.state == wanted), lines[0] if lines else None)


def _lines(rows: Iterable[ContractVersion], today: date) -> list[VersionLine]:
    rows = list(rows)
    facts = {row.pk: _facts(row) for row in rows}
    return [
        VersionLine(
            version=row,
            state=state(facts[row.pk], facts.values(), today),
            signatures=tuple(sorted(row.signatures.all(), key=lambda signature: signature.signed_at)),
        )
        for row in rows
    ]


def _facts(row: Any) -> VersionFacts:
    return VersionFacts(
        number=row.number,
        status=row.status,
        in_force_from=row.in_force_from,
        signatures=len(row.signatures.all()),
        term_to=date.fromisoformat(row.term_to),
    )


def differences(older: ContractVersion, newer: ContractVersion) -> list[Change]:
    """What `newer` says otherwise than `older`."""
    return compare(in_order(older), in_order(newer))


def in_order(one: ContractVersion) -> dict[str, Any]:
    """The document with its keys in the order of the schema (the database keeps none)."""
    return content(document_of(one))


def described(line: VersionLine) -> dict[str, Any]:
    """One version as plain values."""
    return {
        "version": line.number,
        "state": str(line.state),
        "in_force_from": line.version.in_force_from,
        "digest": line.version.digest,
        "signatures": [
            {
                "party": signature.party,
                "organisation": signature.organisation.code,
                "signed_by": signature.signed_by.email,
                "signed_at": signature.signed_at,
            }
            for signature in line.signatures
        ],
    }
