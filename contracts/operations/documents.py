"""Contract documents on their way in: loaded as drafts, replaced until signed, withdrawn with a reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from accounts.permissions import NotAllowed, may_on, require_on, sides
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable
from contracts.models import Contract, ContractVersion, Pilot, VersionStatus
from contracts.operations.attachments import File, attach, check_files, drop_unnamed, missing
from contracts.rules.canonical import content, digest
from contracts.rules.document import ContractDocument
from contracts.rules.reading import Format, Unreadable, decoded
from contracts.rules.validation import parse


class AlreadySigned(Refused):
    """A signed text is never edited: a change is a new version."""


class NotADraft(Refused):
    """Only a version that is not yet signed by both can be withdrawn."""


class Effect(StrEnum):
    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Loaded:
    version: ContractVersion
    effect: Effect
    missing_attachments: tuple[str, ...]


def load(
    *, source: bytes, source_format: Format, attachments: Sequence[File] = (), actor: User, now: datetime
) -> Loaded:
    """Load a document as a draft version; create the contract, its parties and its pilot where they are new.

    The same content again changes nothing. Raises Unusable with every fault, AlreadySigned, NotAllowed; then nothing
    was written.
    """
    text, document = read(source, source_format)
    values = content(document)
    check_files(values, attachments)
    with recording(actor=actor, reason=_("Contract document loaded")):
        contract = _contract(document, actor)
        version, effect = _version(contract, document, now, actor, text=text, source_format=source_format)
        if attachments:
            attach(version_id=version.pk, files=attachments, actor=actor, now=now)
        return Loaded(version=version, effect=effect, missing_attachments=tuple(missing(version)))


def read(source: bytes, source_format: Format) -> tuple[str, ContractDocument]:
    """The text and the typed document. Raises Unusable with a sentence for every fault."""
    try:
        text = decoded(source)
    except Unreadable as error:
        raise Unusable(_("The contract document cannot be used."), [str(error)]) from None
    parsed = parse(text, source_format)
    if parsed.document is None:
        raise Unusable(_("The contract document cannot be used."), parsed.sentences)
    return text, parsed.document


def withdraw(*, version_id: int, reason: str, actor: User, now: datetime) -> ContractVersion:
    """Take back a version that is not yet signed by both. Raises NotADraft, NotAllowed, Unusable."""
    if not reason.strip():
        raise Unusable(_("Say why the version is withdrawn."))
    with recording(actor=actor, reason=reason.strip()):
        version = ContractVersion.objects.select_for_update(of=["self"]).select_related("contract").get(pk=version_id)
        require_on(actor, "contract.load", version.contract, _("Your roles do not include withdrawing versions."))
        if version.status != VersionStatus.DRAFT:
            raise NotADraft(
                _("Version %(number)s is %(status)s and cannot be withdrawn.")
                % {"number": version.number, "status": version.get_status_display().lower()}
            )
        version.status = VersionStatus.WITHDRAWN
        version.save(update_fields=["status"])
        return version


def _contract(document: ContractDocument, actor: User) -> Contract:
    """The contract of the document's code, locked; created where it is new."""
    contract = Contract.objects.select_for_update(of=["self"]).filter(code=document.code).first()
    if contract is None:
        contract = _new_contract(document, actor)
    elif not actor.is_system and not may_on(actor, "contract.load", contract):
        # the same words whether or not the contract is theirs to see
        raise NotAllowed(_("Your roles do not include loading this contract."))
    _check_unchanged(contract, document)
    return contract


def _new_contract(document: ContractDocument, actor: User) -> Contract:
    if not actor.is_system:
        where = sides(actor, "contract.load")
        mine = Organisation.objects.filter(code=document.provider.code, pk__in=where.provider) | (
            Organisation.objects.filter(code=document.commissioner.code, pk__in=where.commissioner)
        )
        if not mine.exists():
            raise NotAllowed(_("You can load contracts of your own organisation only, for the side that it takes."))
    commissioner, provider = (
        Organisation.objects.get_or_create(code=party.code, defaults={"name": party.name})[0]
        for party in (document.commissioner, document.provider)
    )
    code, name = (document.pilot.code, document.pilot.name) if document.pilot else (document.code, document.title)
    pilot, _created = Pilot.objects.get_or_create(code=code, defaults={"name": name})
    values = {
        "title": document.title,
        "pilot": pilot,
        "commissioner": commissioner,
        "provider": provider,
        "currency": document.currency,
        "timezone": document.timezone,
    }
    contract, _created = Contract.objects.get_or_create(code=document.code, defaults=values)
    return contract


def _check_unchanged(contract: Contract, document: ContractDocument) -> None:
    """What makes a contract the same contract cannot change from version to version."""
    stated = {
        "commissioner.code": (contract.commissioner.code, document.commissioner.code),
        "provider.code": (contract.provider.code, document.provider.code),
        "currency": (contract.currency, document.currency),
        "timezone": (contract.timezone, document.timezone),
    }
    if document.pilot:
        stated["pilot.code"] = (contract.pilot.code, document.pilot.code)
    first = contract.versions.filter(status=VersionStatus.SIGNED).order_by("number").first()
    if first:
        stated["term.from"] = (first.document["term"]["from"], f"{document.term.from_}")
    reasons = [
        _("%(key)s: '%(new)s' is not '%(old)s'; it stays the same in every version of a contract")
        % {"key": key, "new": new, "old": old}
        for key, (old, new) in stated.items()
        if old != new
    ]
    if reasons:
        raise Unusable(_("The contract document cannot be used."), reasons)


def _version(
    contract: Contract, document: ContractDocument, now: datetime, actor: User, *, text: str, source_format: Format
) -> tuple[ContractVersion, Effect]:
    values = content(document)
    stated = {
        "in_force_from": document.in_force_from,
        "status": VersionStatus.DRAFT,
        "document": values,
        "source": text,
        "source_format": source_format,
        "digest": digest(values),
        "loaded_at": now,
        "loaded_by": None if actor.is_system else actor,
    }
    number = document.version
    found = ContractVersion.objects.select_for_update(of=["self"]).filter(contract=contract, number=number).first()
    if found is None:
        _check_next(contract, number)
        version = ContractVersion.objects.create(contract=contract, number=number, **stated)
        _retitle(contract, document)
        return version, Effect.CREATED
    if found.digest == stated["digest"] and found.status != VersionStatus.WITHDRAWN:
        return found, Effect.UNCHANGED
    if found.signatures.exists():
        raise AlreadySigned(
            _("Version %(number)s of %(code)s is signed and stays as it is. Load the change as version %(next)s.")
            % {"number": number, "code": contract.code, "next": _last(contract) + 1}
        )
    for key, value in stated.items():
        setattr(found, key, value)
    found.save()
    drop_unnamed(found)
    _retitle(contract, document)
    return found, Effect.REPLACED


def _retitle(contract: Contract, document: ContractDocument) -> None:
    """Until something is signed the contract is called what the latest draft calls it."""
    if contract.title != document.title and not contract.versions.filter(status=VersionStatus.SIGNED).exists():
        contract.title = document.title
        contract.save(update_fields=["title"])


def _last(contract: Contract) -> int:
    return contract.versions.order_by("-number").values_list("number", flat=True).first() or 0


def _check_next(contract: Contract, number: int) -> None:
    expected = _last(contract) + 1
    if number != expected:
        raise Unusable(
            _("The contract document cannot be used."),
            [
                _("version: must be %(expected)s, the one after the last of %(code)s, and is %(number)s")
                % {"expected": expected, "code": contract.code, "number": number}
            ],
        )
