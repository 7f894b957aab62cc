"""The papers of an entry, for programs: its record, and the letter that tells the member of it."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request as HttpRequest

from accounts.api.endpoints import access, pages_request
from accounts.doors import require
from accounts.permissions import may_on
from authorizations.api.register import OfEntry
from authorizations.exports import letters, record_paper
from authorizations.queries.proofs import head
from authorizations.queries.register import letter_kind, shown_entry
from blended_pilot.kernel.errors import Refused
from blended_pilot.kernel.papers import PDF_TYPE
from eligibility.queries.identities import Shown, identity


class NoLetter(Refused):
    """There is nothing to tell the member."""


class Record(OfEntry):
    """The decision record as a PDF, as the reader may know the member and the rationale."""

    action = "register.view"
    download = PDF_TYPE

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        entry = self.entry(request, pk)
        member = identity(request.user, [entry.member])[entry.member_id]
        made = record_paper.record_pdf(
            shown_entry(entry),
            member=member,
            clinical=may_on(request.user, "clinical.view", entry.contract),
            made_at=timezone.now(),
        )
        return _paper(request, made, f"decision-{entry.contract.code}-{entry.number}", member)


class Letter(OfEntry):
    """The letter that belongs to an entry, as a PDF: approval, denial, or change of level."""

    action = "letter.make"
    download = PDF_TYPE

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        entry = self.entry(request, pk)
        require(pages_request(request), "letter.make", entry.contract)
        kind = letter_kind(entry)
        if not kind:
            raise NoLetter(_("This entry takes another one back; the member is told of what takes its place."))
        member = identity(request.user, [entry.member])[entry.member_id]
        made = letters.decision_letter(entry, member=member, head=head(entry.contract_id), made_at=timezone.now())
        return _paper(request, made, f"letter-{kind}-{entry.number}", member)


def _paper(request: HttpRequest, made: bytes, name: str, member: Shown) -> HttpResponse:
    access(request).note(verb="export", what=f"{name}.pdf", members=[member.member_id] if member.identified else [])
    response = HttpResponse(made, content_type=PDF_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response
