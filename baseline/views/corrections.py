"""Corrections and reversals, each with a reason."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.doors import action, done, form_status, refused, visible_or_404
from baseline.forms import recording as forms
from baseline.models import Activity
from baseline.operations import recording as operations
from baseline.queries import people
from baseline.queries.activity import corrects
from baseline.views.shared import others, say, service_asked, service_named, told_of
from blended_pilot.kernel.errors import Refused
from contracts.models import Contract
from eligibility.queries.identities import identity


@action("activity.record")
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    one, contract = _own_record(request, pk)
    day = one.occurred_on
    service = service_asked(request, contract, day) or service_named(contract, one.service, day)
    if service is None:
        raise operations.UnknownService(_("The terms of that day do not know this service any more."))
    shown = identity(request.user, [one.member])[one.member_id]
    form = forms.RecordForm(
        request.POST or None,
        service=service,
        contract=contract,
        practitioners=others(request, contract),
        reason=True,
        initial=forms.stated(one, contract),
    )
    document = people.terms_on(contract, day)
    baseline, episodic = people.offered(document) if document else ([], [])
    own = service_named(contract, one.service, day)
    stays_baseline = own is not None and not own.episodic
    [as_it_stands] = told_of(request, [one], contract)
    context = {
        "heading": _("Correct the record"),
        "record": one,
        "shown": shown,
        "contract": contract,
        "service": service,
        "form": form,
        "services": baseline if stays_baseline else [*baseline, *episodic],
        "stays_baseline": stays_baseline,
        "as_it_stands": as_it_stands,
        "cancel": reverse("baseline:activity", args=[one.pk]),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "baseline/correct.html", context, status=form_status(form))
    try:
        operations.correct(
            activity_id=one.pk,
            entry=form.entry(practitioner=one.practitioner),
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=timezone.now(),
        )
    except Refused as error:
        return refused(request, error, "baseline/correct.html", context)
    one.refresh_from_db()
    say(request, one, contract, shown, corrected=True)
    return HttpResponseRedirect(reverse("baseline:activity", args=[one.pk]))


@action("activity.record")
def reverse_record(request: HttpRequest, pk: int) -> HttpResponse:
    one, contract = _own_record(request, pk)
    form = forms.ReverseForm(request.POST or None)
    [told_now] = told_of(request, [one], contract)
    context = {
        "heading": _("Reverse the record"),
        "lead": one.activity_ref,
        "form": form,
        "submit": _("Reverse"),
        "tone": "danger",
        "cancel": reverse("baseline:activity", args=[one.pk]),
        "explain": _(
            "The record stays and is struck out by a second one; neither is paid, and it no longer counts as "
            "delivered. %(later)s"
        )
        % {"later": told_now.later},
        "crumbs": _crumbs(one, _("Reverse")),
    }
    if request.method != "POST" or not form.is_valid():
        return render(request, "kit/form_page.html", context, status=form_status(form))
    try:
        operations.reverse(
            activity_id=one.pk, reason=form.cleaned_data["reason"], actor=request.user, now=timezone.now()
        )
    except Refused as error:
        return refused(request, error, "kit/form_page.html", context)
    return done(request, _("The record was reversed."), "baseline:activity", one.pk)


def _own_record(request: HttpRequest, pk: int) -> tuple[Activity, Contract]:
    rows = Activity.objects.visible_to(request.user).select_related("member", "contract")
    one = visible_or_404(request, rows, pk=pk)
    if not corrects(request.user, one):
        raise PermissionDenied(_("Records are corrected by whoever recorded or delivered them, or by a supervisor."))
    request.access.note(verb="view", what=_("Activity record"), members=[one.member_id])  # type: ignore[attr-defined]
    return one, one.contract


def _crumbs(one: Activity, last: str) -> list[tuple[str, str]]:
    return [
        (_("Delivered work"), reverse("baseline:activities")),
        (one.activity_ref, reverse("baseline:activity", args=[one.pk])),
        (last, ""),
    ]
