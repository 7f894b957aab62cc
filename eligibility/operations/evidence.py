"""Files of proof: judged before anything is kept, kept under a random name, gone again if the rest is refused."""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import uuid4

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.permissions import require_on
from blended_pilot.kernel.audit import recording
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from eligibility.models import Evidence, Member
from eligibility.rules.evidence import DOCX, JPEG, PDF, PNG, Unsuitable, recognise

LONGEST_NAME = 200

NOT_TAKEN = {
    "extension": gettext_lazy(
        "%(name)s was not kept: evidence is a PDF, a picture (PNG, JPEG) or a Word document (DOCX)."
    ),
    "empty": gettext_lazy("%(name)s was not kept: it is empty."),
    "content": gettext_lazy("%(name)s was not kept: its content is %(found)s, not what its name says."),
    "both": gettext_lazy("%(name)s was not kept: something else is hidden behind or inside its content. Save it anew."),
    "acts": gettext_lazy(
        "%(name)s was not kept: it holds a script, a macro or another file. Print it to a PDF and bring that."
    ),
    "unpacks": gettext_lazy("%(name)s was not kept: it unpacks to more than a document can hold."),
    "damaged": gettext_lazy("%(name)s was not kept: it is damaged or incomplete."),
}  # fmt: skip
FOUND = {
    "": gettext_lazy("something else"),
    "program": gettext_lazy("a program"),
    "script": gettext_lazy("a script"),
    "markup": gettext_lazy("a page with markup (HTML, SVG or XML)"),
    "archive": gettext_lazy("an archive"),
    "old_office": gettext_lazy("an old Office file"),
    PDF: gettext_lazy("a PDF"),
    PNG: gettext_lazy("a PNG picture"),
    JPEG: gettext_lazy("a JPEG picture"),
    DOCX: gettext_lazy("an archive"),
}


class EvidenceNotTaken(Refused):
    """The file is of no kind that is kept, or too large. Nothing of it stays."""


_kept: ContextVar[list[str] | None] = ContextVar("evidence_kept", default=None)


@contextmanager
def filing() -> Iterator[None]:
    """Around a transaction that keeps files: if it fails, the files go, too. Put it outside `recording`."""
    if _kept.get() is not None:
        yield
        return
    names: list[str] = []
    token = _kept.set(names)
    try:
        yield
    except BaseException:
        for name in names:
            default_storage.delete(name)
        raise
    finally:
        _kept.reset(token)


def keep(
    *,
    contract_id: int,
    member_id: int | None,
    file: "File[bytes]",
    file_name: str,
    actor: User,
    now: datetime,
) -> Evidence:
    """Keep one file. Raises NotAllowed, EvidenceNotTaken.

    An operation that does more beside it calls this inside its own `filing()` and `recording()`.
    """
    name = shown_name(file_name)
    with filing(), recording(actor=actor):
        contract = Contract.objects.get(pk=contract_id)
        require_on(actor, "evidence.attach", contract, _("Only the provider's care team brings evidence."))
        if member_id is not None:
            Member.objects.get(pk=member_id, organisation_id=contract.provider_id)
        content_type = _judged(file, name)
        stored = _store(file)
        return Evidence.objects.create(
            organisation_id=contract.provider_id,
            contract=contract,
            member_id=member_id,
            file_name=name,
            content_type=content_type,
            size=file.size,
            sha256=_digest(file),
            stored=stored,
            uploaded_at=now,
            uploaded_by=actor,
        )


def too_large(file_name: str) -> EvidenceNotTaken:
    return EvidenceNotTaken(
        _("%(name)s was not kept: it is larger than %(size)s MB.")
        % {"name": shown_name(file_name), "size": settings.EVIDENCE_LARGEST_BYTES // 1_000_000}
    )


def shown_name(file_name: str) -> str:
    """The name without folders, control characters and marks that turn the reading direction; its end is kept."""
    last = re.split(r"[/\\]", file_name)[-1]
    plain = "".join(letter for letter in last if letter.isprintable()).strip(" .") or "file"
    return plain[-LONGEST_NAME:]


def _judged(file: "File[bytes]", name: str) -> str:
    if file.size > settings.EVIDENCE_LARGEST_BYTES:
        raise too_large(name)
    try:
        return recognise(file, name).content_type  # type: ignore[arg-type]
    except Unsuitable as unsuitable:
        found = str(FOUND.get(unsuitable.found, FOUND[""]))
        raise EvidenceNotTaken(str(NOT_TAKEN[unsuitable.code]) % {"name": name, "found": found}) from None


def _store(file: "File[bytes]") -> str:
    name = uuid4().hex
    file.seek(0)
    stored = default_storage.save(f"evidence/{name[:2]}/{name}", file)
    names = _kept.get()
    assert names is not None  # keep() files
    names.append(stored)
    return stored


def _digest(file: "File[bytes]") -> str:
    found = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        found.update(chunk)
    return found.hexdigest()
