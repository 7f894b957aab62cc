"""Files of proof, handed out."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts.doors import action, visible_or_404
from eligibility.exports.evidence import download
from eligibility.models import Evidence
from eligibility.queries.evidence import members_of


@action("evidence.view")
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    found: Evidence = visible_or_404(request, Evidence.objects.visible_to(request.user), pk=pk)
    request.access.note(  # type: ignore[attr-defined]
        verb="view",
        what=_("Evidence %(number)d") % {"number": found.pk},
        members=members_of(found),
        organisation_id=found.organisation_id,
    )
    return download(found)
