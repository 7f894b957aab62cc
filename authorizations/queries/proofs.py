"""What proves a register: every entry as it was sealed, none missing, none put in, the chain whole and signed.

A fault names the entry. What is not sealed yet is held against what an entry must agree with: its number, its request
and the time of the last seal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from authorizations.models import Seal
from authorizations.queries import sql
from authorizations.rules import seals
from contracts.models import Contract


@dataclass(frozen=True)
class Head:
    """The last link of a register's chain: what is printed on exports."""

    number: int
    last_number: int
    digest: str
    sealed_at: datetime


@dataclass(frozen=True)
class RegisterProof:
    """`faults` are sentences, and empty when it holds; `waiting` are entries that no seal holds yet."""

    entries: int
    sealed: int
    waiting: int
    seals: int
    head: Head | None
    faults: Sequence[str]


def head(contract_id: int) -> Head | None:
    last = Seal.objects.filter(contract=contract_id).order_by("-number").first()
    return Head(last.number, last.last_number, last.digest, last.sealed_at) if last else None


def register_proof(contract: Contract) -> RegisterProof:
    entries = sql.rows("register_contents", {"contract": contract.pk, "first": 0, "last": 2**31 - 1})
    chain = list(Seal.objects.filter(contract=contract).order_by("number"))
    sealed = {seal.first_number + place: digest for seal in chain for place, digest in enumerate(seal.entries)}
    faults = [
        *_links(contract, chain),
        *_entries(entries, sealed, chain),
        *(_requests(contract)),
    ]
    return RegisterProof(
        entries=len(entries),
        sealed=len(sealed),
        waiting=sum(entry["number"] not in sealed for entry in entries),
        seals=len(chain),
        head=head(contract.pk),
        faults=faults,
    )


def _links(contract: Contract, chain: Sequence[Seal]) -> Iterator[str]:
    """Each seal follows the one before it, says what its digest says, and is signed."""
    previous, following = "", 1
    for place, link in enumerate(chain, start=1):
        if link.number != place:
            yield _("Seal %(number)s of the register is missing.") % {"number": place}
            return
        content = seals.Content(
            contract=contract.code,
            number=link.number,
            first=link.first_number,
            last=link.last_number,
            entries=link.entries,
            previous=link.previous,
            sealed_at=link.sealed_at,
        )
        if seals.digest_of(content) != link.digest:
            yield _("Seal %(number)s was changed.") % {"number": link.number}
        if link.previous != previous or link.first_number != following:
            yield _("Seal %(number)s does not follow the one before it.") % {"number": link.number}
        good = seals.signed_by(link.digest, link.signature, link.key, settings.REGISTER_KEYS)
        if good is None:
            yield _("Seal %(number)s was signed with key %(key)s, which is not among REGISTER_KEYS.") % {
                "number": link.number,
                "key": link.key,
            }
        elif not good:
            yield _("The signature of seal %(number)s is not good.") % {"number": link.number}
        previous, following = link.digest, link.last_number + 1


def _entries(entries: Sequence[dict[str, Any]], sealed: dict[int, str], chain: Sequence[Seal]) -> Iterator[str]:
    by_number: dict[int, list[str]] = {}
    for entry in entries:
        by_number.setdefault(entry["number"], []).append(entry["digest"])
    for number in sorted(sealed.keys() - by_number.keys()):
        yield _("Entry %(number)s was sealed and is gone.") % {"number": number}
    for number, digests in sorted(by_number.items()):
        if number in sealed and sealed[number] not in digests:
            yield _("Entry %(number)s is not what was sealed.") % {"number": number}
        if len(digests) > 1 or number < 1:
            yield _("Entry %(number)s was put in: its number is not free.") % {"number": number}
    last = max(sealed, default=0)
    sealed_at = chain[-1].sealed_at if chain else None
    expected = last + 1
    for entry in entries:
        if entry["number"] <= last:
            continue
        if entry["number"] != expected:
            yield _("Entry %(number)s follows no entry %(before)s.") % {
                "number": entry["number"],
                "before": entry["number"] - 1,
            }
        expected = entry["number"] + 1
        if sealed_at is not None and entry["decided_at"] < sealed_at:
            yield _("Entry %(number)s was put in: it is dated before the last seal, which does not hold it.") % {
                "number": entry["number"]
            }


def _requests(contract: Contract) -> Iterator[str]:
    """A decided request has its entry, and an entry fits its request: what no seal can know yet."""
    for row in sql.rows("register_requests", {"contract": contract.pk}):
        if row["entry"] is None:
            yield _("Request RQ-%(request)s is decided, and the register has no entry about it.") % row
        else:
            yield _("Entry %(entry)s does not fit request RQ-%(request)s.") % row
