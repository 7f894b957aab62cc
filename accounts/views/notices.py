"""A person's inbox."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import filters, tables
from accounts.doors import SIGNED_IN, action, done, visible_or_404
from accounts.operations import notices as operations
from accounts.queries.notices import inbox, unread
from blended_pilot.kernel.listing import list_page


@action(SIGNED_IN)
def notices(request: HttpRequest) -> HttpResponse:
    return list_page(
        request,
        template="accounts/notices.html",
        what=_("Notices"),
        rows=inbox(request.user),
        table=tables.NoticeTable,
        filters=filters.NoticeFilter,
        may_export=False,
        context={"unread_notices": unread(request.user)},
    )


@require_POST
@action(SIGNED_IN)
def read_all(request: HttpRequest) -> HttpResponse:
    count = operations.mark_read(actor=request.user, now=timezone.now())
    return done(request, _("%(count)s marked as read.") % {"count": count}, "accounts:notices")


@require_POST
@action(SIGNED_IN)
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark one notice as read and go where it points."""
    notice = visible_or_404(request, inbox(request.user), pk=pk)
    operations.mark_read(actor=request.user, now=timezone.now(), notice_ids=[notice.pk])
    if notice.url and url_has_allowed_host_and_scheme(notice.url, allowed_hosts=None):
        return HttpResponseRedirect(notice.url)
    return HttpResponseRedirect(reverse("accounts:notices"))
