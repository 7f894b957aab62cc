"""Two parties, two people, one text."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role, User
from accounts.operations.notices import notify
from accounts.permissions import NotAllowed, sides
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract, ContractVersion, Party, Signature, VersionStatus
from contracts.operations.facts import freeze
from contracts.queries.addressees import holders
from contracts.queries.terms import document_of
from contracts.rules.capabilities import beyond

SIGNERS = (Role.FINANCE, Role.COMMISSIONER)


class NotSignable(Refused):
    """The version names something that the program cannot work out yet."""


class NotAligned(Refused):
    """Funding and safe staffing have not been confirmed to agree."""


class SignedBefore(Refused):
    """The party or the person has signed, or the version is past signing."""


class TextChanged(Refused):
    """The text is another than the one that was read."""


def sign(*, version_id: int, actor: User, now: datetime, digest: str | None = None) -> Signature:
    """Sign a version for the party at which the person holds a signing role.

    The second signature brings the version into force from its date on, also into the past. `digest` is of the text
    that the person read, where it was shown. Raises NotAllowed, SignedBefore, TextChanged, NotSignable, NotAligned.
    """
    with recording(actor=actor, reason=_("Contract version signed")):
        # not merely held open: the second signature writes the contract, and two that share it would wait in a circle
        contract = freeze(ContractVersion.objects.values_list("contract_id", flat=True).get(pk=version_id))
        version = ContractVersion.objects.select_for_update().get(pk=version_id)
        party = _party(contract, version, actor)
        _check_signable(contract, version, digest)
        signature = Signature.objects.create(
            version=version,
            party=party,
            organisation_id=getattr(contract, f"{party}_id"),
            signed_by=actor,
            signed_at=now,
            digest=version.digest,
        )
        if version.signatures.count() == len(Party):
            version.status = VersionStatus.SIGNED
            version.signed_at = now
            version.save(update_fields=["status", "signed_at"])
            contract.title = version.document["title"]
            contract.save(update_fields=["title"])
        _tell(contract, version, signature, now)
        return signature


def _tell(contract: Contract, version: ContractVersion, signature: Signature, now: datetime) -> None:
    """The other signers learn that their signature is wanted, or that both are there."""
    values = {
        "name": signature.signed_by.name,
        "number": version.number,
        "code": contract.code,
        "day": date_format(version.in_force_from),
    }
    if version.status == VersionStatus.SIGNED:
        sentence = _("Both parties have signed version %(number)s of %(code)s, in force from %(day)s.")
    else:
        sentence = _("%(name)s has signed version %(number)s of %(code)s. It waits for the other party.")
    others = holders(contract, SIGNERS, now).exclude(pk=signature.signed_by_id)
    url = reverse("contracts:version", args=[contract.code, version.number])
    notify(to=others, kind="contract", sentence=sentence % values, url=url, now=now)


def signing_party(contract: Contract, version: ContractVersion, person: Any) -> Party | None:
    """The party that the person could still sign for, or None."""
    try:
        return _party(contract, version, person)
    except (NotAllowed, SignedBefore):
        return None


def _party(contract: Contract, version: ContractVersion, actor: Any) -> Party:
    where = sides(actor, "contract.sign")
    own = []
    if contract.commissioner_id in where.commissioner:
        own.append(Party.COMMISSIONER)
    if contract.provider_id in where.provider:
        own.append(Party.PROVIDER)
    if not own:
        raise NotAllowed(_("Signing needs the finance or commissioner role at one of the two parties."))
    given = {signature.party: signature for signature in version.signatures.select_related("signed_by")}
    mine = next((signature for signature in given.values() if signature.signed_by_id == actor.pk), None)
    if mine:
        raise SignedBefore(
            _("You have signed version %(number)s already, for the %(party)s. The other signature is another person's.")
            % {"number": version.number, "party": mine.get_party_display().lower()}
        )
    free = [party for party in own if party not in given]
    if not free:
        signature = given[own[0]]
        raise SignedBefore(
            _("%(name)s has signed version %(number)s for the %(party)s already.")
            % {
                "name": signature.signed_by.name,
                "number": version.number,
                "party": signature.get_party_display().lower(),
            }
        )
    return free[0]


def _check_signable(contract: Contract, version: ContractVersion, digest: str | None) -> None:
    if version.status != VersionStatus.DRAFT:
        raise SignedBefore(
            _("Version %(number)s is %(status)s.")
            % {"number": version.number, "status": version.get_status_display().lower()}
        )
    if digest is not None and digest != version.digest:
        raise TextChanged(_("The text has changed since you opened it. Read it again before you sign."))
    later = contract.versions.filter(status=VersionStatus.SIGNED, number__gt=version.number).first()
    if later:
        raise SignedBefore(
            _("Version %(later)s is signed already; a version below it can no longer be signed.")
            % {"later": later.number}
        )
    document = document_of(version)
    unknown = beyond(document)
    if unknown:
        raise NotSignable(
            _("Version %(number)s names terms that cannot be worked out yet, so it cannot be signed.")
            % {"number": version.number},
            unknown,
        )
    if document.baseline.staffing and not version.alignments.filter(digest=version.digest).exists():
        raise NotAligned(
            _(
                "Version %(number)s states staffing: the staffing alignment must be recorded for this text before "
                "anybody signs."
            )
            % {"number": version.number}
        )
