"""Files of proof, handed out."""

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.doors import action, visible_or_404
from eligibility.models import Evidence


@action("evidence.view")
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    """Always a download of unknown type: nothing that was brought is opened by the browser."""
    found: Evidence = visible_or_404(request, Evidence.objects.visible_to(request.user), pk=pk)
    return handed_out(request, found)


def handed_out(request: HttpRequest, found: Evidence) -> FileResponse:
    request.access.note(  # type: ignore[attr-defined]
        verb="view",
        what=_("Evidence %(number)d") % {"number": found.pk},
        members=[found.member_id] if found.member_id else [],
        organisation_id=found.organisation_id,
    )
    return FileResponse(
        found.stored.open("rb"),
        as_attachment=True,
        filename=found.file_name,
        content_type="application/octet-stream",
        headers={"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"},
    )
