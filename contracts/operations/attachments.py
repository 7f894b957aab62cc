"""Documents that the parties agreed, kept beside a version by hash."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused, Unusable
from contracts.models import Attachment, ContractVersion, VersionStatus

LARGEST_BYTES = 25_000_000


class AttachmentFixed(Refused):
    """Signed versions keep the documents that they were signed with."""


@dataclass(frozen=True)
class File:
    """A file beside a contract: its name without folders, and its content."""

    name: str
    content: bytes


def attach(*, version_id: int, files: Sequence[File], actor: User, now: datetime) -> list[Attachment]:
    """Keep files that the document names. The same content again changes nothing.

    A missing document may still be brought after signing; one that is there can be exchanged only before. Raises
    Unusable, AttachmentFixed, NotAllowed.
    """
    with recording(actor=actor):
        version = ContractVersion.objects.select_for_update(of=["self"]).select_related("contract").get(pk=version_id)
        if not actor.is_system:
            require_on(
                actor, "contract.load", version.contract, _("Your roles do not include bringing documents here.")
            )
        if version.status == VersionStatus.WITHDRAWN:
            raise AttachmentFixed(_("This version was withdrawn."))
        check_files(version.document, files)
        return [_keep(version, file, actor, now) for file in files]


def check_files(document: dict[str, Any], files: Sequence[File]) -> None:
    """Raise Unusable unless the document names every file, once, and each is of a size to keep."""
    named = [item["file"] for item in document.get("attachments", [])]
    reasons = []
    for index, file in enumerate(files):
        if file.name not in named:
            known = ", ".join(named) or _("no file")
            reasons.append(
                _("%(file)s is not named under attachments; the document names %(known)s.")
                % {"file": file.name, "known": known}
            )
        elif file.name in [other.name for other in files[:index]]:
            reasons.append(_("%(file)s is there twice.") % {"file": file.name})
        if len(file.content) > LARGEST_BYTES:
            reasons.append(
                _("%(file)s is larger than %(size)s MB.") % {"file": file.name, "size": LARGEST_BYTES // 1_000_000}
            )
        elif not file.content:
            reasons.append(_("%(file)s is empty.") % {"file": file.name})
    if reasons:
        raise Unusable(_("The attachments cannot be used."), reasons)


def drop_unnamed(version: ContractVersion) -> None:
    """A replaced draft keeps only the documents that its new text names."""
    named = [item["file"] for item in version.document.get("attachments", [])]
    version.attachments.exclude(file_name__in=named).delete()


def missing(version: ContractVersion) -> list[str]:
    """Names of documents that the text names and nobody has brought."""
    there = set(version.attachments.values_list("file_name", flat=True))
    return [item["file"] for item in version.document.get("attachments", []) if item["file"] not in there]


def _keep(version: ContractVersion, file: File, actor: User, now: datetime) -> Attachment:
    digest = hashlib.sha256(file.content).hexdigest()
    found = Attachment.objects.filter(version=version, file_name=file.name).first()
    if found and found.sha256 == digest:
        return found
    if found and version.signatures.exists():
        raise AttachmentFixed(
            _("%(file)s was there when the version was signed and cannot be exchanged.") % {"file": file.name}
        )
    title = next(item["title"] for item in version.document["attachments"] if item["file"] == file.name)
    values = {
        "title": title,
        "sha256": digest,
        "size": len(file.content),
        "stored": _stored(digest, file.content),
        "uploaded_at": now,
        "uploaded_by": None if actor.is_system else actor,
    }
    attachment, _created = Attachment.objects.update_or_create(version=version, file_name=file.name, defaults=values)
    return attachment


def _stored(digest: str, content: bytes) -> str:
    """Write once under the content's hash: a file left behind by a rollback is the same file next time."""
    name = f"attachments/{digest[:2]}/{digest}"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(content))
    return name
