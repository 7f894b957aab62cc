"""A person's inbox."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import filters, tables
from accounts.doors import SIGNED_IN, action, done, form_status, in_own_time, visible_or_404
from accounts.forms import NoticeSettingsForm
from accounts.operations import notices as operations
from accounts.operations.digests import change_settings
from accounts.queries.notices import inbox, notice_settings, unread
from blended_pilot.kernel.listing import list_page


@action(SIGNED_IN)
@in_own_time
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


@action(SIGNED_IN)
def mail_settings(request: HttpRequest) -> HttpResponse:
    """How the person is told by e-mail that notices wait."""
    kept = notice_settings(request.user)
    form = NoticeSettingsForm(
        request.POST if request.method == "POST" else None,
        initial={name: getattr(kept, name) for name in ("rhythm", "timezone", "quiet_from", "quiet_until")},
    )
    context = {
        "heading": _("Notices by e-mail"),
        "explain": _("Notices stay in your inbox here. A letter only says that some wait."),
        "form": form,
        "submit": _("Save"),
        "cancel": reverse("accounts:notices"),
        "crumbs": [(_("Notices"), reverse("accounts:notices")), (_("By e-mail"), "")],
    }
    if request.method == "POST" and form.is_valid():
        change_settings(actor=request.user, now=timezone.now(), **form.cleaned_data)
        return done(request, _("Your settings are saved."), "accounts:notices")
    return render(request, "kit/form_page.html", context, status=form_status(form))


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
