"""What this stage adds to the page of a member."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, visible_or_404
from accounts.permissions import sides
from authorizations import tables
from authorizations.models import Request, RequestKind, Status
from eligibility.models import Member
from eligibility.queries.identities import identity
from eligibility.queries.members import contracts_of

SHOWN = 10


@action("request.view")
def panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The latest requests of a member, and what can be asked for."""
    member = visible_or_404(request, Member.objects.visible_to(request.user), pk=pk)
    now = timezone.now()
    rows = Request.objects.visible_to(request.user).filter(member=member).select_related("contract")
    latest = list(rows.order_by("-created_at", "-pk")[:SHOWN])
    makes = member.organisation_id in sides(request.user, "request.make").provider
    shown = identity(request.user, [member])[member.pk]
    request.access.note(verb="view", what=_("Requests of a member"), members=[member.pk] if shown.identified else [])
    return render(
        request,
        "authorizations/member_panel.html",
        {
            "member": member,
            "rows": [
                (
                    one,
                    tables.asked_for(one),
                    tables.STATUS_TONES[Status(one.status)],
                    tables.due_badge(one, now) if one.status in Request.WAITING else "",
                )
                for one in latest
            ],
            # under a contract that never covered the member there is nothing to ask for
            "contracts": contracts_of(request.user).filter(coverage__member=member).distinct() if makes else [],
            "kinds": RequestKind.choices,
        },
    )
