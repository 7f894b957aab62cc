"""Files of proof: a look at one, page by page, and the file itself as a download."""

from base64 import b64encode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.doors import action, visible_or_404
from blended_pilot.kernel.pictures import MOST_PAGES, Undrawable, picture
from blended_pilot.kernel.uploads import files_too_large
from eligibility.exports.evidence import DRAWN, KINDS, download
from eligibility.models import Evidence
from eligibility.operations.evidence import too_large
from eligibility.queries.evidence import members_of


@action("evidence.view")
def evidence(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = _noted(request, pk, _("Evidence %(number)d") % {"number": pk})
    return download(found)


@action("evidence.view")
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """A picture of one page, for a page of its own or (htmx) for the page that shows what the file proves."""
    page = _page(request)
    found = _noted(request, pk, _("Evidence %(number)d, page %(page)d") % {"number": pk, "page": page})
    context = {
        "found": found,
        "kind": KINDS.get(found.content_type, found.content_type),
        "drawable": found.content_type in DRAWN,
        "paged": found.content_type == "application/pdf",
        "page": page,
        "loads": bool(getattr(request, "htmx", False)),
    }
    if context["drawable"]:
        try:
            with found.stored.open("rb") as file:
                drawn = picture(file.chunks(), content_type=found.content_type, page=page)
            context |= {"picture": b64encode(drawn.png).decode(), "more": drawn.more}
        except (Undrawable, OSError):
            pass  # the page says so, and offers the file
    return render(
        request,
        "eligibility/evidence_picture.html" if context["loads"] else "eligibility/evidence_preview.html",
        context,
    )


def refuse_large(request: HttpRequest) -> None:
    """Raise EvidenceNotTaken if a file was left out for its size. Read the form first: it is what reads."""
    for name in files_too_large(request).values():
        raise too_large(name)


def _noted(request: HttpRequest, pk: int, what: str) -> Evidence:
    rows = Evidence.objects.visible_to(request.user).select_related("contract")
    found: Evidence = visible_or_404(request, rows, pk=pk)
    request.access.note(  # type: ignore[attr-defined]
        verb="view", what=what, members=members_of(found), organisation_id=found.organisation_id
    )
    return found


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    return int(text) if text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_PAGES else 1
